import { checkClock } from './check-clock';
import { checkClientList, checkFlow, checkScopes, checkSecret, checkToken } from './check-client';
import { checkApi, checkDomain, checkIssuer, checkRegion } from './check-deployment';
import type { Facts } from './facts';
import type { Verdict } from './verdict';

/** The ten mistakes that are looked for, in the order in which they are worth mending. */
const checks = {
  region: checkRegion,
  domain: checkDomain,
  api: checkApi,
  issuer: checkIssuer,
  clock: checkClock,
  flow: checkFlow,
  scopes: checkScopes,
  client_list: checkClientList,
  secret: checkSecret,
  token: checkToken,
} as const satisfies Record<string, (facts: Facts) => Verdict>;

/** The verdict of one check. */
export type Finding = Verdict & { readonly check: keyof typeof checks };

/** Judges the facts: one finding for each check. */
export function examine(facts: Facts): readonly Finding[] {
  return names.map((check) => ({ check, ...checks[check](facts) }));
}

/** What can be found where there is no deployment at all: AWS was asked in the wrong Region, or for the wrong name. */
export function findNoDeployment(detail: string, cure: string): readonly Finding[] {
  return names.map((check) =>
    check === 'region'
      ? { check, status: 'problem', detail, cure }
      : { check, status: 'skipped', detail: 'the deployment was not found' },
  );
}

const names = Object.keys(checks) as (keyof typeof checks)[];
