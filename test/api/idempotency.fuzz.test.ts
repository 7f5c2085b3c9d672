import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import type { Response } from 'supertest';
import type { Endpoint } from '../../src/api/endpoint';
import type { Resource } from '../../src/api/resource';
import { Problem } from '../../src/http/problem';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { emptyTables } from '../support/test-database';
import { things } from '../support/things/resource';
import { CLIENT_ID, LISTED_CLIENT_ID } from '../support/user-pool';

/** `npm run test:fuzz` sets more. */
const RUNS = 20 * Number(process.env['FUZZ_FACTOR'] ?? 1);
/** A failure prints its seed. */
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

jest.setTimeout(60_000 + RUNS * 5_000);

/** The creation of things, which fails after its effect where a request says so. */
const failing: Resource = {
  ...things,
  endpoints: things.endpoints.map((endpoint) => {
    const handle: Endpoint['handle'] = async (given) => {
      const response = await endpoint.handle(given as never);
      if (given.headers['x-fail'] === 'problem')
        throw new Problem({ status: 400, code: 'failed', detail: '' });
      if (given.headers['x-fail'] === 'fault') throw new Error('a fault');
      return response;
    };
    return { ...endpoint, handle };
  }),
};

interface Command {
  readonly client: string;
  readonly key: string;
  readonly label: string;
  readonly fail: '' | 'problem' | 'fault';
}

const command = fc.record<Command>({
  client: fc.constantFrom(CLIENT_ID, LISTED_CLIENT_ID),
  key: fc.constantFrom('k1', 'k2'),
  label: fc.constantFrom('Lamp', 'Desk'),
  fail: fc.constantFrom('', '', '', 'problem', 'fault'),
});

/** Commands that are sent one after another, or some of them at once. */
const sequence = fc.array(command, { minLength: 1, maxLength: 12 });
const batches = fc.array(fc.array(command, { minLength: 2, maxLength: 6 }), { minLength: 1, maxLength: 4 });

let api: TestApi;
let clients: ReadonlyMap<string, ReturnType<typeof apiClient>>;

beforeAll(async () => {
  api = await testApi({ resources: [failing] });
  await api.database.query('ALTER TABLE things DROP CONSTRAINT things_label_key');
  clients = new Map([CLIENT_ID, LISTED_CLIENT_ID].map((id) => [id, apiClient(api, '/api/v1/things', id)]));
});

afterAll(() => api.close());

async function send({ client, key, label, fail }: Command): Promise<Response> {
  return clients.get(client)!.post({ label }, { 'Idempotency-Key': key, 'X-Fail': fail });
}

function outcomeOf({ status, headers, body }: Response): string {
  if (status === 201) return headers['idempotent-replayed'] ? 'replayed' : 'created';
  return body.code as string;
}

/** What is kept of the first request that succeeded with a key of a client. */
interface Kept {
  readonly label: string;
  readonly text: string;
}

const failures = { problem: 'failed', fault: 'internal_error' } as const;

async function rows(): Promise<unknown> {
  const [counts] = await api.database.query(
    `SELECT (SELECT count(*) FROM things)::integer AS things, (SELECT count(*) FROM idempotency_keys)::integer AS keys`,
  );
  return counts;
}

it('requests one after another are answered as a model says, and have no other effects', async () => {
  await fc.assert(
    fc.asyncProperty(sequence, async (commands) => {
      await emptyTables(api.database);
      const model = new Map<string, Kept>();
      for (const sent of commands) {
        const { client, key, label, fail } = sent;
        const kept = model.get(`${client} ${key}`);
        const expected = kept
          ? kept.label === label
            ? 'replayed'
            : 'idempotency_key_reused'
          : fail === ''
            ? 'created'
            : failures[fail];
        const answer = await send(sent);
        expect(outcomeOf(answer)).toBe(expected);
        if (expected === 'created') model.set(`${client} ${key}`, { label, text: answer.text });
        if (expected === 'replayed') expect(answer.text).toBe(kept!.text);
      }
      expect(await rows()).toEqual({ things: model.size, keys: model.size });
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

it('requests at the same time have one effect for each key, and no answer that this does not explain', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (together) => {
      await emptyTables(api.database);
      const model = new Map<string, Kept>();
      for (const commands of together) {
        const before = new Map(model);
        const sent = await Promise.all(
          commands.map(async (one) => ({ ...one, id: `${one.client} ${one.key}`, answer: await send(one) })),
        );
        for (const { id, label, answer } of sent.filter(({ answer }) => outcomeOf(answer) === 'created')) {
          expect(model.has(id)).toBe(false);
          model.set(id, { label, text: answer.text });
        }
        for (const { id, label, fail, answer } of sent) {
          const kept = model.get(id);
          const isKept = before.has(id);
          const possible = [
            ...(isKept ? [] : ['idempotency_key_in_use', ...(fail === '' ? ['created'] : [failures[fail]])]),
            ...(kept ? [kept.label === label ? 'replayed' : 'idempotency_key_reused'] : []),
          ];
          expect(possible).toContain(outcomeOf(answer));
          if (answer.status === 201) expect(answer.text).toBe(kept!.text);
        }
      }
      expect(await rows()).toEqual({ things: model.size, keys: model.size });
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
