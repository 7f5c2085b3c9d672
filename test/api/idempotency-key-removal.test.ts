import { IdempotencyKeyRemoval } from '../../src/api/idempotency-key-removal';
import type { Database } from '../../src/database/database';
import { connected } from '../support/database';
import { type TestDatabase, testDatabase } from '../support/test-database';
import { until } from '../support/until';

jest.setTimeout(30_000);

let own: TestDatabase;
let database: Database;
let removal: IdempotencyKeyRemoval;
let warn: jest.Mock;

beforeAll(async () => {
  own = await testDatabase();
  database = connected(own.url);
});

beforeEach(async () => {
  await database.query('TRUNCATE idempotency_keys');
  warn = jest.fn();
  removal = new IdempotencyKeyRemoval(database, { warn });
});

afterEach(() => removal.stop());

afterAll(async () => {
  await database.close();
  await own.drop();
});

async function keepKeys(count: number, age: string): Promise<void> {
  await database.query(
    `INSERT INTO idempotency_keys (id, fingerprint, status, headers, created_at)
     SELECT sha256(convert_to($1 || n, 'UTF8')), '', 204, '{}', now() - $1::interval FROM generate_series(1, $2) n`,
    [age, count],
  );
}

async function count(): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM idempotency_keys',
  );
  return row!.count;
}

it('removes keys after 24 hours, and none before', async () => {
  await keepKeys(3, '24 hours 1 second');
  await keepKeys(2, '23 hours 59 minutes');
  removal.start();
  await until('the old keys to be gone', async () => (await count()) < 5);
  expect(await count()).toBe(2);
});

it('removes many in steps of a thousand, the oldest first', async () => {
  await keepKeys(1_000, '3 days');
  await keepKeys(1_500, '2 days');
  const setTimeout = jest.spyOn(globalThis, 'setTimeout');
  const query = jest.spyOn(database, 'query');
  removal.start();
  await until('all to be gone', async () => (await count()) === 0);
  const steps = query.mock.calls.flatMap(([text], call) =>
    text.includes('DELETE') ? [query.mock.results[call]!.value as Promise<unknown[]>] : [],
  );
  const removed = (await Promise.all(steps)).map(({ length }) => length);
  expect(removed).toEqual([1_000, 1_000, 500]);
  await until('the pause', () => setTimeout.mock.calls.some(([, pause]) => pause === 60_000));
});

it('removes nothing while another task is at it', async () => {
  await keepKeys(1, '2 days');
  const query = jest.spyOn(database, 'query');
  await database.transaction(async (other) => {
    await other.query(`SELECT pg_advisory_xact_lock('idempotency_keys'::regclass::oid::integer, 0)`);
    removal.start();
    expect(await query.mock.results[0]!.value).toEqual([]);
  });
  expect(await count()).toBe(1);
});

it('goes on after an error, which it logs', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance'] });
  try {
    const query = jest.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue([]);
    removal = new IdempotencyKeyRemoval({ query }, { warn });
    removal.start();
    await jest.advanceTimersByTimeAsync(59_000);
    expect(query).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(query).toHaveBeenCalledTimes(2);
  } finally {
    jest.useRealTimers();
  }
});

it.each([
  ['before it was started', 0],
  ['while a statement is under way', 1],
])('does and logs nothing any more when it is stopped %s', async (_, begun) => {
  let fail!: (error: Error) => void;
  const query = jest.fn(() => new Promise<never>((_, reject) => (fail = reject)));
  removal = new IdempotencyKeyRemoval({ query }, { warn });
  const setTimeout = jest.spyOn(globalThis, 'setTimeout');
  if (begun) removal.start();
  removal.stop();
  removal.start();
  if (begun) fail(new Error('cut off'));
  await new Promise(setImmediate);
  expect(query).toHaveBeenCalledTimes(begun);
  expect([warn.mock.calls, setTimeout.mock.calls]).toEqual([[], []]);
});
