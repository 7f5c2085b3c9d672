import { isDeepStrictEqual } from 'node:util';
import type { OwnLimits } from '../../clients/limits';
import type { ClientDefinition, ClientEvent, ClientPatch } from './schema';

/** What of a client can change. */
export interface ClientState {
  readonly name: string;
  readonly enabled: boolean;
  readonly limits: OwnLimits | null;
  readonly tokensValidFrom: Date | null;
}

/**
 * A client that is created or replaced.
 *
 * @param before what there was; of a client that was deleted, since when its tokens are valid
 */
export function replaced(before: Partial<ClientState>, definition: ClientDefinition): ClientState {
  const { name, enabled = before.enabled ?? true, limits } = definition;
  return { name, enabled, limits: normalized(limits), tokensValidFrom: before.tokensValidFrom ?? null };
}

/** A client after a merge patch (RFC 7396). */
export function patched(before: ClientState, patch: ClientPatch): ClientState {
  const { name = before.name, enabled = before.enabled } = patch;
  const limits = patch.limits && normalized({ ...before.limits, ...patch.limits });
  return { ...before, name, enabled, limits: limits === undefined ? before.limits : limits };
}

/**
 * A client whose tokens of this second and before are revoked.
 *
 * @param now by PostgreSQL's clock
 */
export function revoked(before: ClientState, now: Date): ClientState {
  const second = Math.floor(now.getTime() / 1000) * 1000;
  const tokensValidFrom = new Date(Math.max(second, before.tokensValidFrom?.getTime() ?? 0));
  return { ...before, tokensValidFrom };
}

/** The members that are not as before. */
export function changesBetween(before: Partial<ClientState>, after: ClientState): ClientEvent['changes'] {
  const changes: Record<string, { from: unknown; to: unknown }> = {};
  for (const [name, to] of Object.entries(after) as [keyof ClientState, unknown][]) {
    const from = before[name] ?? null;
    if (!isDeepStrictEqual(from, to)) changes[name] = { from, to };
  }
  // Dates as the API gives them.
  return JSON.parse(JSON.stringify(changes)) as ClientEvent['changes'];
}

/** Limits without those that are left to the defaults; `null` where all are. */
function normalized(limits: Readonly<Record<string, number | null | undefined>> | null): OwnLimits | null {
  const own = Object.entries(limits ?? {}).filter(([, value]) => typeof value === 'number');
  return own.length > 0 ? Object.fromEntries(own) : null;
}
