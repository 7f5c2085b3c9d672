import type { Database } from '../../src/database/database';
import { connected } from '../support/database';
import { testDatabase, type TestDatabase } from '../support/test-database';

let own: TestDatabase;
let database: Database;

beforeAll(async () => {
  own = await testDatabase({ migrated: false });
  database = connected(own.url);
});

afterAll(async () => {
  await database.close();
  await own.drop();
});

/** What a row has for a timestamp that is written so, in a session of a time zone. */
async function read(timestamp: string | null, zone: string): Promise<unknown> {
  return database.transaction(async (transaction) => {
    await transaction.query(`SET LOCAL TimeZone = '${zone}'`);
    const [row] = await transaction.query<{ value: unknown }>('SELECT $1::timestamptz AS value', [timestamp]);
    return row!.value;
  });
}

describe.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'])('in a session of %s', (zone) => {
  it.each([
    ['2026-11-26T20:15:30.123Z', '2026-11-26T20:15:30.123Z'],
    ['2026-11-26T20:15:30.25Z', '2026-11-26T20:15:30.250Z'],
    ['2026-11-26T20:15:30Z', '2026-11-26T20:15:30.000Z'],
    ['2026-11-26T20:15:30.123999Z', '2026-11-26T20:15:30.123Z'],
    ['2026-11-26T20:15:30.000999Z', '2026-11-26T20:15:30.000Z'],
    ['2026-12-31T23:59:59.999+00:00', '2026-12-31T23:59:59.999Z'],
    ['2026-11-26T20:15:30.5+05:30', '2026-11-26T14:45:30.500Z'],
    ['0044-03-15T12:00:00Z BC', '-000043-03-15T12:00:00.000Z'],
    ['10000-01-01T00:00:00Z', '+010000-01-01T00:00:00.000Z'],
  ])('%s is read as %s', async (written, text) => {
    expect(await read(written, zone)).toBe(text);
  });
});

it('reads no timestamp as null', async () => {
  expect(await read(null, 'UTC')).toBeNull();
});

it('leaves infinity as pg reads it', async () => {
  expect(await read('infinity', 'UTC')).toBe(Infinity);
});

it('leaves other types as pg reads them', async () => {
  const [row] = await database.query(
    `SELECT 1 AS number, 'a' AS text, true AS boolean, '{"a":1}'::jsonb AS json,
            '2026-11-26 20:15:30+00' AS "like one", timestamp '2026-11-26 20:15:30' AS "without zone"`,
  );
  expect(row).toEqual({
    number: 1,
    text: 'a',
    boolean: true,
    json: { a: 1 },
    'like one': '2026-11-26 20:15:30+00',
    'without zone': new Date(2026, 10, 26, 20, 15, 30),
  });
});
