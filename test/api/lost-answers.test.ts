import type { Versioned } from '../../src/api/versioned';
import type { Database } from '../../src/database/database';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { connected } from '../support/database';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import type { Thing } from '../support/things/schema';
import { PostgresThingStore, type ThingStore } from '../support/things/store';
import { until } from '../support/until';

jest.setTimeout(60_000);

const THINGS = '/api/v1/things';

let proxy: TcpProxy;
let api: TestApi;
let client: ReturnType<typeof apiClient>;
/** Things on a line that nothing cuts. */
let watcher: Database;
let stored: ThingStore;

beforeAll(async () => {
  api = await testApi({
    async connect(url) {
      watcher = connected(url);
      proxy = await tcpProxy(url);
      return connected(proxy.url, { poolSize: 4 });
    },
  });
  client = apiClient(api);
  stored = new PostgresThingStore(watcher);
});

beforeEach(async () => {
  await proxy.resume();
  await watcher.query('DELETE FROM things');
});

afterAll(async () => {
  await watcher.close();
  await api.close();
  await proxy.close();
});

async function lamp(): Promise<string> {
  const { item } = (await stored.create({ label: 'Lamp' })) as Versioned<Thing>;
  return item.id;
}

describe('a change whose answer is lost', () => {
  const exists = async (label: string) => (await stored.list({ limit: 1, label })).length > 0;

  it.each([
    ['POST', () => client.post({ label: 'New' }), () => exists('New')],
    ['PATCH', (id: string) => client.patch(id, { label: 'Changed' }), () => exists('Changed')],
    ['DELETE', (id: string) => client.delete(id), async () => !(await exists('Lamp'))],
  ])('is made, and %s is answered with 503 outcome_unknown, without Retry-After', async (_, send, isMade) => {
    const id = await lamp();
    // So that there is a connection.
    await client.get(THINGS);
    proxy.mute();
    const answering = send(id).then((answer) => answer);
    await until('the change', isMade);
    proxy.cut();
    const { status, headers, body } = await answering;
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'outcome_unknown' });
    expect(headers).not.toHaveProperty('retry-after');
  });
});

it.each([
  ['list', () => client.get(THINGS)],
  ['read', (id: string) => client.get(`${THINGS}/${id}`)],
  ['change by a patch that changes nothing', (id: string) => client.patch(id, {})],
])('a %s whose answer is lost is 503 database_unavailable, with Retry-After', async (_, send) => {
  const id = await lamp();
  await client.get(THINGS);
  proxy.hang();
  const answering = send(id).then((answer) => answer);
  await until('the statement to be under way', () => api.database.use.idle < api.database.use.total);
  proxy.cut();
  const { status, headers, body } = await answering;
  expect({ status, code: body.code }).toEqual({ status: 503, code: 'database_unavailable' });
  expect(headers['retry-after']).toBe('2');
});

it('no change is said to be made, or not to be made, that is not so, however often connections break', async () => {
  const outcomes: Record<string, string[]> = { created: [], outcome_unknown: [], database_unavailable: [] };
  const cutting = setInterval(() => proxy.cut(), 37);
  for (let round = 0; outcomes['outcome_unknown']!.length < 20; round += 1)
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const label = `Thing ${round}-${index}`;
        const { status, body } = await client.post({ label });
        outcomes[status === 201 ? 'created' : (body.code as string)]!.push(label);
      }),
    );
  clearInterval(cutting);
  const things = await stored.list({ limit: 100_000 });
  const labels = new Set(things.map(({ label }) => label));
  expect(outcomes['created']!.filter((label) => !labels.has(label))).toEqual([]);
  expect(outcomes['database_unavailable']!.filter((label) => labels.has(label))).toEqual([]);
});
