import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import type { Endpoint } from '../../src/api/endpoint';
import type { Resource } from '../../src/api/resource';
import type { Transactional } from '../../src/database/queryable';
import type { Database } from '../../src/database/database';
import { Problem } from '../../src/http/problem';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { connected } from '../support/database';
import { listen, send } from '../support/raw-http';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { emptyTables } from '../support/test-database';
import { things } from '../support/things/resource';
import { until } from '../support/until';
import { CLIENT_ID, LISTED_CLIENT_ID, qualified } from '../support/user-pool';

jest.setTimeout(30_000);

type Handle = Endpoint['handle'];

/** What the handler of the POST does after its own work, while it is set; it may give another response. */
let afterwards: (() => Promise<unknown>) | undefined;
/** Stores that handlers were given. */
const storesMadeOn: Transactional[] = [];

const observed: Resource = {
  ...things,
  store(sql, caller) {
    storesMadeOn.push(sql);
    return things.store(sql, caller);
  },
  endpoints: things.endpoints.map((endpoint) => {
    if (endpoint.method !== 'POST') return endpoint;
    const handle: Handle = async (given) => {
      const response = await endpoint.handle(given as never);
      return (await afterwards?.()) ?? response;
    };
    return { ...endpoint, handle };
  }),
};

let proxy: TcpProxy;
let api: TestApi;
/** The database on a line that nothing cuts. */
let watcher: Database;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi({
    resources: [observed],
    async connect(url) {
      watcher = connected(url);
      proxy = await tcpProxy(url);
      return connected(proxy.url, { poolSize: 4 });
    },
  });
  client = apiClient(api);
  // So that a second effect shows.
  await watcher.query('ALTER TABLE things DROP CONSTRAINT things_label_key');
});

beforeEach(async () => {
  afterwards = undefined;
  storesMadeOn.length = 0;
  await proxy.resume();
  await emptyTables(watcher);
});

afterAll(async () => {
  await watcher.close();
  await api.close();
  await proxy.close();
});

const LAMP = { label: 'Lamp' };

function post(key: string, body: unknown = LAMP, headers = {}): Promise<Response> {
  return client.post(body, { 'Idempotency-Key': key, ...headers }).then((answer) => answer);
}

async function count(table: 'things' | 'idempotency_keys'): Promise<number> {
  const [row] = await watcher.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${table}`);
  return row!.count;
}

function seen({ status, body }: Response): unknown {
  return body.code === undefined ? status : `${status} ${body.code}`;
}

describe('a repetition', () => {
  it('has one effect, and the same response but for the headers of each request', async () => {
    const key = randomUUID();
    const [first, second] = [await post(key), await post(key)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    const { 'x-request-id': firstId, date: _, connection: __, ratelimit: ___, ...kept } = first.headers;
    expect(kept).toMatchObject({ etag: '"1"', location: `/api/v1/things/${first.body.id}` });
    expect(kept).not.toHaveProperty('idempotent-replayed');
    expect(second.headers).toMatchObject({ ...kept, 'idempotent-replayed': 'true' });
    expect(second.headers['x-request-id']).not.toBe(firstId);
    expect(await count('things')).toBe(1);
  });

  it('gets the response to the first though the item has changed since', async () => {
    const first = await post('k');
    await client.patch(first.body.id, { label: 'Desk' });
    expect((await post('k')).text).toBe(first.text);
  });

  it.each([
    ['in quotes', '"key"'],
    ['of the first and the last visible character', '!~'],
    ['of 255 characters', 'x'.repeat(255)],
  ])('works with a key %s', async (_, key) => {
    expect([seen(await post(key)), seen(await post(key))]).toEqual([201, 201]);
    expect(await count('things')).toBe(1);
  });

  it('has an effect of its own under another key, or without one', async () => {
    await post('one');
    await post('two');
    await client.post(LAMP);
    expect([await count('things'), await count('idempotency_keys')]).toEqual([3, 2]);
  });

  it('gets a response without a body where the first was one', async () => {
    afterwards = () => Promise.resolve({});
    const answers = [await post('k'), await post('k')];
    expect(answers.map(({ status, text, headers }) => [status, text, headers['content-type']])).toEqual([
      [201, '', undefined],
      [201, '', undefined],
    ]);
    expect(answers[1]!.headers['idempotent-replayed']).toBe('true');
  });
});

describe('another request with a key that was used', () => {
  it.each([
    ['another body', (key: string) => post(key, { label: 'Desk' })],
    ['the same body with another space', (key: string) => post(key, '{"label": "Lamp"}')],
  ])('is 422 with %s', async (_, repeat) => {
    await post('k');
    expect(seen(await repeat('k'))).toBe('422 idempotency_key_reused');
    expect(await count('things')).toBe(1);
  });

  it('is 422 with another target', async () => {
    await post('k');
    const claims = { scope: qualified(['things.write']), client_id: CLIENT_ID, sub: CLIENT_ID };
    const server = await listen(api.app);
    const answer = await send(server.port, '/api/v1/things?', {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${api.pool.token({ claims })}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': 'k',
      },
      body: JSON.stringify(LAMP),
    });
    await server.close();
    expect(JSON.parse(answer.text)).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it.each([
    ['another client', { client_id: LISTED_CLIENT_ID }],
    ['another user', { sub: 'ada' }],
  ])('has its own effect when %s sends it', async (_, claims) => {
    const first = await post('k');
    const other = await post('k', LAMP, { Authorization: `Bearer ${api.pool.token({ claims })}` });
    expect([seen(first), seen(other)]).toEqual([201, 201]);
    expect(other.body.id).not.toBe(first.body.id);
  });
});

describe('a request with a key that another is using', () => {
  it('is 409 with Retry-After until that one is done, and then a replay', async () => {
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    let reached = false;
    afterwards = () => {
      reached = true;
      return released;
    };
    const first = post('k');
    await until('the first to be under way', () => reached);
    const second = await post('k');
    expect(seen(second)).toBe('409 idempotency_key_in_use');
    expect(second.headers['retry-after']).toBe('1');
    release();
    expect(seen(await first)).toBe(201);
    expect((await post('k')).text).toBe((await first).text);
    expect(await count('things')).toBe(1);
  });

  it('has one effect, however many are sent at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('k')));
    const outcomes = new Set(answers.map(seen));
    outcomes.delete('409 idempotency_key_in_use');
    expect([...outcomes]).toEqual([201]);
    const created = answers.filter(({ status }) => status === 201);
    expect(new Set(created.map(({ text }) => text)).size).toBe(1);
    expect(created.filter(({ headers }) => !headers['idempotent-replayed'])).toHaveLength(1);
    expect(await count('things')).toBe(1);
  });
});

describe('a malformed key', () => {
  it.each([
    ['without characters', ''],
    ['with a space', 'a b'],
    ['with a tab', 'a\tb'],
    ['with a letter beyond ASCII', 'ké'],
    ['of 256 characters', 'x'.repeat(256)],
    ['beside another one', 'a, b'],
  ])('%s is 400', async (_, key) => {
    expect(seen(await post(key))).toBe('400 invalid_idempotency_key');
    expect(await count('things')).toBe(0);
  });

  it('is refused before the body is looked at', async () => {
    expect(seen(await post('a b', '{'))).toBe('400 invalid_idempotency_key');
  });

  it('is refused after the scopes', async () => {
    const Authorization = `Bearer ${api.pool.tokenWith('things.read')}`;
    expect(seen(await post('a b', LAMP, { Authorization }))).toBe('403 insufficient_scope');
  });
});

it('no key is looked at where an endpoint does not take one', async () => {
  const { body } = await client.post(LAMP);
  const headers = { 'Idempotency-Key': 'a b' };
  expect((await client.patch(body.id, { label: 'Desk' }, headers)).status).toBe(200);
});

describe('a request that failed', () => {
  it.each([
    ['a problem', () => Promise.reject(new Problem({ status: 409, code: 'a_problem', detail: '' })), 409],
    ['a fault', () => Promise.reject(new Error('a fault')), 500],
  ])('leaves no effect and no key: %s', async (_, fail, status) => {
    afterwards = fail;
    expect((await post('k')).status).toBe(status);
    expect([await count('things'), await count('idempotency_keys')]).toEqual([0, 0]);
    afterwards = undefined;
    const again = await post('k', { label: 'Desk' });
    expect([seen(again), again.headers['idempotent-replayed']]).toEqual([201, undefined]);
  });

  it('leaves no key when its body is refused', async () => {
    expect(seen(await post('k', { label: 1 }))).toBe('422 invalid_body');
    expect(seen(await post('k'))).toBe(201);
  });

  it('leaves no effect when a statement had failed, though the handler went on', async () => {
    afterwards = async () => {
      await storesMadeOn[0]!.query('SELECT 1 / 0').catch(() => undefined);
    };
    expect((await post('k')).status).toBe(500);
    expect([await count('things'), await count('idempotency_keys')]).toEqual([0, 0]);
  });
});

describe('a lost connection', () => {
  it('before COMMIT is 503 database_unavailable, and the repetition has the effect', async () => {
    afterwards = async () => {
      proxy.cut();
      await storesMadeOn[0]!.query('SELECT 1');
    };
    const answer = await post('k');
    expect([seen(answer), answer.headers['retry-after']]).toEqual(['503 database_unavailable', '2']);
    afterwards = undefined;
    expect(seen(await post('k'))).toBe(201);
    expect(await count('things')).toBe(1);
  });

  it('after COMMIT is 503 outcome_unknown with Retry-After, and the repetition a replay', async () => {
    afterwards = async () => proxy.mute();
    const answering = post('k');
    await until('the commit', async () => (await count('idempotency_keys')) === 1);
    proxy.cut();
    const answer = await answering;
    expect([seen(answer), answer.headers['retry-after']]).toEqual(['503 outcome_unknown', '2']);
    expect(answer.body.detail).toMatch('with the same Idempotency-Key');
    expect(api.log).toContainEqual(
      expect.objectContaining({ err: expect.objectContaining({ type: 'RepeatableOutcomeError' }) }),
    );
    afterwards = undefined;
    const again = await post('k');
    expect([seen(again), again.headers['idempotent-replayed']]).toEqual([201, 'true']);
    expect(await count('things')).toBe(1);
  });
});

it('a transaction of the store is part of the one that keeps the key', async () => {
  const [insert, label] = [
    `INSERT INTO things (id, label) VALUES (gen_random_uuid(), $1)`,
    'Of a transaction',
  ];
  afterwards = () =>
    storesMadeOn[0]!.transaction(async (transaction) => {
      await transaction.query(insert, [label]);
      expect(await count('things')).toBe(0);
    });
  expect(seen(await post('k'))).toBe(201);
  expect([await count('things'), await count('idempotency_keys')]).toEqual([2, 1]);
});

it('a transaction of the store that fails leaves no part of its effect, also where the handler goes on', async () => {
  afterwards = () =>
    storesMadeOn[0]!
      .transaction(async (transaction) => {
        await transaction.query(`INSERT INTO things (id, label) VALUES (gen_random_uuid(), 'Half')`);
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
  expect(seen(await post('k'))).toBe('500 internal_error');
  expect([await count('things'), await count('idempotency_keys')]).toEqual([0, 0]);
  afterwards = undefined;
  expect(seen(await post('k'))).toBe(201);
});

it('neither the key nor the body of a request is kept', async () => {
  await post('a-secret-key', '{"label":"Lamp"          }');
  const rows = await watcher.query('SELECT * FROM idempotency_keys');
  expect(JSON.stringify(rows)).not.toMatch('a-secret-key');
  expect(rows).toMatchObject([{ status: 201, headers: { ETag: '"1"' } }]);
});
