import { checkClock } from './checks/clock';
import { checkFlow, checkRegistry, checkScopes, checkSecret, checkToken } from './checks/client';
import { checkApi, checkDomain, checkIssuer, checkRegion } from './checks/deployment';
import type { DiagnosisContext } from './diagnosis-context';
import type { Verdict } from './verdict';

/** The checks, in the order in which their problems are worth fixing. */
const checks = {
  region: checkRegion,
  domain: checkDomain,
  api: checkApi,
  issuer: checkIssuer,
  clock: checkClock,
  flow: checkFlow,
  scopes: checkScopes,
  registry: checkRegistry,
  secret: checkSecret,
  token: checkToken,
} as const satisfies Record<string, (context: DiagnosisContext) => Verdict>;

/** The verdict of one check. */
export type Finding = Verdict & { readonly check: keyof typeof checks };

/** Runs every check: one finding each. */
export function runChecks(context: DiagnosisContext): readonly Finding[] {
  return names.map((check) => ({ check, ...checks[check](context) }));
}

/** The findings when the deployment does not exist: the Region or the name is wrong. */
export function reportMissingDeployment(detail: string, fix: string): readonly Finding[] {
  return names.map((check) =>
    check === 'region'
      ? { check, status: 'problem', detail, fix }
      : { check, status: 'skipped', detail: 'the deployment was not found' },
  );
}

const names = Object.keys(checks) as (keyof typeof checks)[];
