import { clients } from '../../../src/resources/clients/resource';
import { testApi, type TestApi } from '../../support/api';
import { apiClient } from '../../support/api-client';
import { registerClient } from '../../support/registered-client';
import { emptyTables } from '../../support/test-database';
import { CLIENT_ID, LISTED_CLIENT_ID } from '../../support/user-pool';

jest.setTimeout(30_000);

const ACME = '3acme';
const DAY_MS = 86_400_000;

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi({ resources: [clients] });
  client = apiClient(api, '/api/v1/clients');
});

beforeEach(async () => {
  await emptyTables(api.database);
  await registerClient(api.database, { id: ACME });
});

afterAll(() => api.close());

/** The day so many days ago, by PostgreSQL's clock. */
async function day(ago: number): Promise<string> {
  const [row] = await api.database.query<{ now: string }>('SELECT statement_timestamp() AS now');
  return new Date(Date.parse(row!.now) - ago * DAY_MS).toISOString().slice(0, 10);
}

async function use(
  id: string,
  ...days: readonly (readonly [day: string, requests: number])[]
): Promise<void> {
  for (const [day, requests] of days)
    await api.database.query('INSERT INTO client_usage VALUES ($1, $2, $3, 2, 1, 0)', [day, id, requests]);
}

async function read(query = '', id = ACME): Promise<unknown> {
  const { status, body } = await client.get(`/api/v1/clients/${id}/usage${query}`);
  return status === 200 ? (body.data as { readonly day: string }[]).map(({ day }) => day) : body;
}

it('lists what was used on each day, and leaves out days without requests', async () => {
  await use(ACME, ['2026-02-27', 3_000_000_000], ['2026-03-01', 12]);
  await use('4other', ['2026-02-28', 1]);
  const { status, body } = await client.get(`/api/v1/clients/${ACME}/usage?from=2026-02-01&to=2026-03-01`);
  expect(status).toBe(200);
  expect(body).toEqual({
    data: [
      { day: '2026-02-27', requests: 3_000_000_000, refused: 2, limited: 1 },
      { day: '2026-03-01', requests: 12, refused: 2, limited: 1 },
    ],
  });
});

it('includes the first and the last day that were asked for, and no other', async () => {
  await use(ACME, ['2026-02-28', 1], ['2026-03-01', 1], ['2026-03-02', 1], ['2026-03-03', 1]);
  expect(await read('?from=2026-03-01&to=2026-03-02')).toEqual(['2026-03-01', '2026-03-02']);
  expect(await read('?from=2026-03-02&to=2026-03-02')).toEqual(['2026-03-02']);
});

it('covers 30 days up to today if not asked for others', async () => {
  const days = [await day(30), await day(29), await day(0)] as const;
  await use(ACME, ...days.map((day) => [day, 1] as const));
  expect(await read()).toEqual(days.slice(1));
});

it('runs until today if asked only from when', async () => {
  const days = [await day(41), await day(40), await day(0)] as const;
  await use(ACME, ...days.map((day) => [day, 1] as const));
  expect(await read(`?from=${days[1]}`)).toEqual(days.slice(1));
});

it('covers 30 days if asked only until when', async () => {
  await use(ACME, ['2026-02-28', 1], ['2026-03-01', 1], ['2026-03-30', 1], ['2026-03-31', 1]);
  expect(await read('?to=2026-03-30')).toEqual(['2026-03-01', '2026-03-30']);
});

it('covers 92 days at most', async () => {
  expect(await read('?from=2026-01-01&to=2026-04-02')).toEqual([]);
  expect(await read('?from=2026-01-01&to=2026-04-03')).toMatchObject({ status: 400, code: 'invalid_query' });
});

it.each([
  '?from=2026-03-02&to=2026-03-01',
  '?from=2020-01-01',
  '?from=2026-02-30&to=2026-03-01',
  '?from=2026-3-1&to=2026-03-01',
  '?from=2026-03-01T00:00:00Z&to=2026-03-01',
  '?from=&to=2026-03-01',
  '?from=2026-03-01&from=2026-03-02',
])('answers a query that names no such days with 400: %s', async (query) => {
  expect(await read(query)).toMatchObject({ status: 400, code: 'invalid_query' });
});

it('answers a day after today with 400, and the first one there is with none', async () => {
  expect(await read(`?from=${await day(-2)}`)).toMatchObject({ status: 400, code: 'invalid_query' });
  expect(await read('?to=0000-01-01')).toEqual([]);
  expect(await read('?from=9999-12-01&to=9999-12-31')).toEqual([]);
});

it('lists that of a client that is only listed, once it has called', async () => {
  expect(await read('', LISTED_CLIENT_ID)).toMatchObject({ status: 404, code: 'client_not_found' });
  const today = await day(0);
  await use(LISTED_CLIENT_ID, [today, 1]);
  expect(await read('', LISTED_CLIENT_ID)).toEqual([today]);
});

it('answers an unknown client and a deleted one with 404', async () => {
  await use('4deleted', [await day(0), 1]);
  await registerClient(api.database, { id: '4deleted', deleted: true });
  for (const id of ['4deleted', '5unknown'])
    expect(await read('', id)).toMatchObject({ status: 404, code: 'client_not_found' });
});

it('shows what was counted by then, once it is written', async () => {
  await client.get(`/api/v1/clients/${ACME}`);
  await api.usage.stop();
  const { body } = await client.get(`/api/v1/clients/${CLIENT_ID}/usage`);
  const { requests, refused, limited } = body.data[0];
  expect(requests).toBeGreaterThan(0);
  expect({ refused, limited }).toEqual({ refused: 0, limited: 0 });
});
