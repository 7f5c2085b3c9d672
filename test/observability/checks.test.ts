import type { JwksStatus } from '../../src/auth/jwks-client';
import type { ClientRegistryStatus } from '../../src/clients/client-registry';
import type { DatabaseState } from '../../src/database/monitor';
import { type CheckedParts, createChecks } from '../../src/observability/checks';

/** What readiness says of parts in these states. */
function checksOf(
  keys: Partial<JwksStatus>,
  state: DatabaseState,
  {
    draining = false,
    clients = 'current',
  }: { readonly draining?: boolean; readonly clients?: ClientRegistryStatus['state'] } = {},
) {
  const parts = {
    jwksClient: { status: () => ({ state: 'fresh', ageSeconds: 1, ...keys }) },
    registry: { status: () => ({ state: clients }) },
    monitor: { state },
    isDraining: () => draining,
  } as unknown as CheckedParts;
  return Object.fromEntries(Object.entries(createChecks(parts)).map(([name, check]) => [name, check()]));
}

const ok = { status: 'ok' };

it('is well with fresh keys, a current client registry and a ready database', () => {
  expect(checksOf({}, 'ready')).toEqual({ keys: ok, clients: ok, database: ok, schema: ok, process: ok });
});

it.each([
  [
    'never fetched',
    { state: 'unavailable', ageSeconds: undefined },
    { status: 'failed', reason: 'never_fetched' },
  ],
  ['too old', { state: 'unavailable', ageSeconds: 90_000 }, { status: 'failed', reason: 'too_stale' }],
  ['old but usable', { state: 'stale', ageSeconds: 600 }, { status: 'degraded', reason: 'stale' }],
] as const)('reports keys that are %s', (_, keys, expected) => {
  expect(checksOf(keys, 'ready')).toEqual({
    keys: expected,
    clients: ok,
    database: ok,
    schema: ok,
    process: ok,
  });
});

it.each([
  ['unreached', { status: 'failed', reason: 'unreached' }, { status: 'failed', reason: 'unknown' }],
  ['schema_behind', ok, { status: 'failed', reason: 'behind' }],
  ['lost', { status: 'degraded', reason: 'lost' }, ok],
] as const)('reports a database that is %s', (state, database, schema) => {
  expect(checksOf({}, state)).toEqual({ keys: ok, clients: ok, database, schema, process: ok });
});

it.each([
  ['never_read', 'failed'],
  ['stale', 'degraded'],
  ['too_stale', 'degraded'],
] as const)('shows a client registry that is %s as %s', (state, status) => {
  const { clients } = checksOf({}, 'ready', { clients: state });
  expect(clients).toEqual({ status, reason: state });
});

it('fails for a process that drains', () => {
  expect(checksOf({}, 'ready', { draining: true })).toMatchObject({
    process: { status: 'failed', reason: 'draining' },
  });
});
