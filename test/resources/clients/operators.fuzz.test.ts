import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import request, { type Response } from 'supertest';
import type { Caller } from '../../../src/auth/caller';
import { clients } from '../../../src/resources/clients/resource';
import { testApi, type TestApi } from '../../support/api';
import { registerClient } from '../../support/registered-client';
import { until } from '../../support/until';
import { IDENTIFIER } from '../../support/user-pool';

/** `npm run test:fuzz` sets more. */
const RUNS = 10 * Number(process.env['FUZZ_FACTOR'] ?? 1);
/** A failure prints its seed. */
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

jest.setTimeout(60_000 + RUNS * 5_000);

const CLIENTS = '/api/v1/clients';
const OPERATORS = ['op1', 'op2', 'op3', 'op4', 'op5', 'op6'];

let api: TestApi;

beforeAll(async () => {
  api = await testApi({ resources: [clients] });
  let version = 0;
  for (const id of OPERATORS) version = await registerClient(api.database, { id });
  await until('the operators to be admitted', () => api.registry.status().version === version);
});

afterAll(() => api.close());

/** A call by an operator. */
interface Command {
  readonly method: 'get' | 'put' | 'patch' | 'delete' | 'post';
  readonly rest?: string;
  readonly body?: object;
}

async function send(operator: string, id: string, command: Command, headers: object = {}): Promise<Response> {
  const { method, rest = '', body } = command;
  const token = api.pool.token({
    claims: {
      client_id: operator,
      sub: operator,
      scope: `${IDENTIFIER}/clients.read ${IDENTIFIER}/clients.write`,
    },
  });
  const agent = request(api.app);
  const sent = agent[method](`${CLIENTS}/${id}${rest}`)
    .set('Authorization', `Bearer ${token}`)
    .set({ ...headers });
  return body ? sent.send(body) : sent;
}

interface Event {
  readonly id: string;
  readonly action: string;
  readonly changes: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;
  readonly requestId: string;
}

/** All events of a client, the oldest first. */
async function eventsOf(id: string): Promise<Event[]> {
  const events: Event[] = [];
  let query = '?limit=100';
  for (;;) {
    const { status, body } = await send('op1', id, { method: 'get', rest: `/events${query}` });
    if (status === 404) return [];
    events.push(...(body.data as Event[]));
    if (body.next === null) return events.reverse();
    query = `?limit=100&cursor=${body.next}`;
  }
}

/** What the events make of a client; `undefined`: it was deleted, or never created. */
function replayed(events: readonly Event[]): Record<string, unknown> | undefined {
  let state: Record<string, unknown> | undefined;
  let tokensValidFrom: unknown = null;
  for (const { action, changes } of events) {
    state = { ...(action === 'created' ? { limits: null } : state), tokensValidFrom };
    for (const [name, { from, to }] of Object.entries(changes)) {
      expect({ name, from: state[name] ?? null }).toEqual({ name, from });
      state[name] = to;
    }
    ({ tokensValidFrom } = state);
    if (action === 'deleted') state = undefined;
  }
  return state;
}

const name = fc.constantFrom('a', 'b', 'c');
const limit = fc.integer({ min: 0, max: 3 });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ name, enabled: fc.boolean() }).map((body) => ({ method: 'put', body }) as const),
  fc.record({ name, limits: fc.record({ burst: limit }) }).map((body) => ({ method: 'put', body }) as const),
  fc.record({ enabled: fc.boolean() }).map((body) => ({ method: 'patch', body }) as const),
  fc
    .record({ limits: fc.record({ requestsPerDay: limit }) })
    .map((body) => ({ method: 'patch', body }) as const),
  fc.constant({ method: 'post', rest: '/revoke-tokens' } as const),
  fc.constant({ method: 'delete' } as const),
);
const commands = fc.array(fc.tuple(fc.constantFrom('x', 'y'), command), { maxLength: 8 });

let run = 0;

it('lose nothing of each other when they work at the same time', async () => {
  const byOperator = fc.array(commands, { minLength: 2, maxLength: OPERATORS.length });
  const property = fc.asyncProperty(byOperator, async (scripts) => {
    const prefix = `run${(run += 1)}`;
    const answers = await Promise.all(
      scripts.map(async (script, index) => {
        const given: Response[] = [];
        for (const [id, each] of script) given.push(await send(OPERATORS[index]!, prefix + id, each));
        return given;
      }),
    );
    for (const { status } of answers.flat()) expect([200, 201, 204, 404]).toContain(status);

    const histories = await Promise.all(['x', 'y'].map((id) => eventsOf(prefix + id)));
    const events = histories.flat();
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    // What was answered with a version was made, by that request or by the one before it.
    const versions = events.map(({ id }) => `"${id}"`);
    for (const { headers } of answers.flat())
      if (headers['etag']) expect(versions).toContain(headers['etag']);
    const made = events.map(({ requestId }) => requestId);
    for (const { status, headers } of answers.flat())
      if (status === 201 || status === 204) expect(made).toContain(headers['x-request-id']);

    await until('the task to act on all', () => {
      return api.registry.status().version! >= Math.max(0, ...events.map(({ id }) => Number(id)));
    });
    for (const [index, id] of ['x', 'y'].entries()) {
      const { status, headers, body } = await send('op1', prefix + id, { method: 'get' });
      const expected = replayed(histories[index]!);
      expect(status).toBe(expected ? 200 : 404);
      expect(body).toMatchObject(expected ?? {});
      if (expected) expect(headers['etag']).toBe(`"${histories[index]!.at(-1)!.id}"`);
      expect(admission(prefix + id)).toBe(
        expected ? (expected['enabled'] ? 'admitted' : 'client_disabled') : 'client_not_allowed',
      );
    }
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
});

function admission(clientId: string): string {
  try {
    api.registry.admit({ clientId, issuedAt: 4_000_000_000 } as Caller);
    return 'admitted';
  } catch (error) {
    return (error as { reason: string }).reason;
  }
}

it('lose no step of a counter where each makes its changes to the version that it has read', async () => {
  const STEPS = 5;
  await send('op1', 'counter', { method: 'put', body: { name: 'counter', limits: { burst: 0 } } });
  const statuses = await Promise.all(
    OPERATORS.map(async (operator) => {
      const seen: number[] = [];
      for (let made = 0; made < STEPS;) {
        const { headers, body } = await send(operator, 'counter', { method: 'get' });
        const patch = { limits: { burst: (body.limits.burst as number) + 1 } };
        const { status } = await send(
          operator,
          'counter',
          { method: 'patch', body: patch },
          { 'If-Match': headers['etag'] },
        );
        seen.push(status);
        if (status === 200) made += 1;
      }
      return seen;
    }),
  );
  expect(new Set(statuses.flat())).toEqual(new Set([200, 412]));
  const { body } = await send('op1', 'counter', { method: 'get' });
  expect(body.limits).toEqual({ burst: OPERATORS.length * STEPS });
});
