import { isDeepStrictEqual } from 'node:util';
import type { OwnLimits } from '../../clients/limits';
import type { ClientDefinition, ClientEvent, ClientPatch } from './schema';

/** What of a client can change. */
export interface ClientState {
  readonly name: string;
  readonly enabled: boolean;
  readonly limits: OwnLimits | null;
  /** In UTC, RFC 3339. */
  readonly tokensValidFrom: string | null;
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
 * @param now by PostgreSQL's clock, in UTC as RFC 3339 has it
 */
export function revoked({ tokensValidFrom, ...before }: ClientState, now: string): ClientState {
  const second = `${now.slice(0, 19)}.000Z`;
  const isLater = tokensValidFrom !== null && tokensValidFrom > second;
  return { ...before, tokensValidFrom: isLater ? tokensValidFrom : second };
}

/** The members that are not as before. */
export function changesBetween(before: Partial<ClientState>, after: ClientState): ClientEvent['changes'] {
  const changes: Record<string, { from: unknown; to: unknown }> = {};
  for (const [name, to] of Object.entries(after) as [keyof ClientState, unknown][]) {
    const from = before[name] ?? null;
    if (!isDeepStrictEqual(from, to)) changes[name] = { from, to };
  }
  return changes;
}

/** Limits without those that are left to the defaults; `null` where all are. */
function normalized(limits: Readonly<Record<string, number | null | undefined>> | null): OwnLimits | null {
  const own = Object.entries(limits ?? {}).filter(([, value]) => typeof value === 'number');
  return own.length > 0 ? Object.fromEntries(own) : null;
}
