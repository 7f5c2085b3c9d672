import { postgresUserStore, type StoredUser, type UserStore } from '../../src/api/users/store';
import type { Database } from '../../src/database/database';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { connected } from '../support/database';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';

jest.setTimeout(60_000);

const USERS = '/api/v1/things';

let test: TestDatabase;
let proxy: TcpProxy;
let database: Database;
let api: TestApi;
let client: ReturnType<typeof apiClient>;
/** Users on a line that nothing cuts. */
let watcher: Database;
let stored: UserStore;

beforeAll(async () => {
  test = await testDatabase();
  proxy = await tcpProxy(test.url);
  database = connected(proxy.url, { poolSize: 4 });
  api = await testApi({ stores: { users: postgresUserStore(database) } });
  client = apiClient(api);
  watcher = connected(test.url);
  stored = postgresUserStore(watcher);
});

beforeEach(async () => {
  await proxy.resume();
  await watcher.query('DELETE FROM users');
});

afterAll(async () => {
  await api.close();
  await database.close();
  await watcher.close();
  await proxy.close();
  await test.drop();
});

async function ada(): Promise<string> {
  const { user } = (await stored.create({ email: 'ada@example.com', name: 'Ada' })) as StoredUser;
  return user.id;
}

describe('a change whose answer is lost', () => {
  const exists = async (email: string) => (await stored.list({ limit: 1, email })).length > 0;

  it.each([
    ['POST', () => client.post({ email: 'new@example.com', name: 'New' }), () => exists('new@example.com')],
    [
      'PATCH',
      (id: string) => client.patch(id, { email: 'changed@example.com' }),
      () => exists('changed@example.com'),
    ],
    ['DELETE', (id: string) => client.delete(id), async () => !(await exists('ada@example.com'))],
  ])('is made, and %s is answered with 503 outcome_unknown, without Retry-After', async (_, send, isMade) => {
    const id = await ada();
    // So that there is a connection.
    await client.get(USERS);
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
  ['list', () => client.get(USERS)],
  ['read', (id: string) => client.get(`${USERS}/${id}`)],
  ['change by a patch that changes nothing', (id: string) => client.patch(id, {})],
])('a %s whose answer is lost is 503 database_unavailable, with Retry-After', async (_, send) => {
  const id = await ada();
  await client.get(USERS);
  proxy.hang();
  const answering = send(id).then((answer) => answer);
  await until('the statement to be under way', () => database.use.idle < database.use.total);
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
        const email = `user-${round}-${index}@example.com`;
        const { status, body } = await client.post({ email, name: 'User' });
        outcomes[status === 201 ? 'created' : (body.code as string)]!.push(email);
      }),
    );
  clearInterval(cutting);
  const users = await stored.list({ limit: 100_000 });
  const emails = new Set(users.map(({ email }) => email));
  expect(outcomes['created']!.filter((email) => !emails.has(email))).toEqual([]);
  expect(outcomes['database_unavailable']!.filter((email) => emails.has(email))).toEqual([]);
});
