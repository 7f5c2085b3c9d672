import request, { type Response } from 'supertest';
import { clients } from '../../../src/resources/clients/resource';
import { me } from '../../../src/resources/me/resource';
import { testApi, type TestApi } from '../../support/api';
import { apiClient } from '../../support/api-client';
import { registerClient } from '../../support/registered-client';
import { emptyTables } from '../../support/test-database';
import { until } from '../../support/until';
import { CLIENT_ID, LISTED_CLIENT_ID } from '../../support/user-pool';

jest.setTimeout(30_000);

const CLIENTS = '/api/v1/clients';
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ACME = '3acme';
/** One that no other test registers. */
const PARTNER = '5partner';
const REVOKE = 'revoke-tokens';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi({ resources: [clients, me] });
  client = apiClient(api, CLIENTS);
});

beforeEach(() => emptyTables(api.database));

afterAll(() => api.close());

const path = (id: string, rest = '') => `${CLIENTS}/${id}${rest}`;
const revoke = (id: string, headers = {}) => post(path(id, `/${REVOKE}`), headers);

function post(at: string, headers: Readonly<Record<string, string>>): request.Test {
  const token = api.pool.tokenWith('clients.write');
  return request(api.app).post(at).set('Authorization', `Bearer ${token}`).set(headers);
}

async function create(definition: object = { name: 'acme' }, id = ACME): Promise<Response> {
  const answer = await client.put(id, definition);
  expect(answer.status).toBe(201);
  return answer;
}

async function eventsOf(id: string, query = ''): Promise<Record<string, unknown>[]> {
  const { status, body } = await client.get(path(id, `/events${query}`));
  expect(status).toBe(200);
  return body.data as Record<string, unknown>[];
}

async function registryVersion(): Promise<number> {
  const [row] = await api.database.query<{ version: number }>('SELECT version FROM client_registry');
  return row!.version;
}

/** The second that PostgreSQL's clock shows, in milliseconds. */
async function databaseSecond(): Promise<number> {
  const [row] = await api.database.query<{ second: string }>(
    `SELECT date_trunc('second', clock_timestamp()) AS second`,
  );
  return Date.parse(row!.second);
}

/** What a call of a client is answered: the status, or the code of a refusal. */
async function call(clientId: string, claims: object = {}): Promise<unknown> {
  const token = api.pool.token({ claims: { client_id: clientId, sub: clientId, ...claims } });
  const { status, body } = await request(api.app).get('/api/v1/me').set('Authorization', `Bearer ${token}`);
  return status === 200 ? status : body.code;
}

const answered = (clientId: string, expected: unknown, claims: object = {}) =>
  until(
    `${clientId} to be answered ${String(expected)}`,
    async () => (await call(clientId, claims)) === expected,
  );

describe('PUT', () => {
  it('creates a client, with an entity tag and the defaults', async () => {
    const { headers, body } = await create();
    expect(body).toEqual({
      id: ACME,
      name: 'acme',
      enabled: true,
      tokensValidFrom: null,
      limits: null,
      createdAt: expect.stringMatching(INSTANT),
      updatedAt: body.createdAt,
      inForce: { tasks: 1, confirmed: 0 },
    });
    expect(headers['etag']).toBe(`"${await registryVersion()}"`);
    const read = await client.get(path(ACME));
    expect(read.body).toMatchObject({ id: ACME, name: 'acme', createdAt: body.createdAt });
    expect(read.headers['etag']).toBe(headers['etag']);
  });

  it('creates a client as it is defined', async () => {
    const definition = {
      name: 'acme',
      enabled: false,
      limits: { requestsPerSecond: 50, burst: 100, requestsPerDay: 1_000_000 },
    };
    const { body } = await create(definition);
    expect(body).toMatchObject(definition);
  });

  it('replaces what was set, with a new entity tag', async () => {
    const created = await create({ name: 'acme', limits: { burst: 5 } });
    const { status, headers, body } = await client.put(ACME, {
      name: 'Acme Ltd',
      limits: { requestsPerDay: 9 },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'Acme Ltd',
      limits: { requestsPerDay: 9 },
      createdAt: created.body.createdAt,
    });
    expect(headers['etag']).not.toBe(created.headers['etag']);
  });

  it('without limits leaves them to the defaults', async () => {
    await create({ name: 'acme', limits: { burst: 5 } });
    expect((await client.put(ACME, { name: 'acme' })).body).toMatchObject({ limits: null });
  });

  it.each([true, false])('without enabled leaves it as it is: %s', async (enabled) => {
    await create({ name: 'acme', enabled });
    expect((await client.put(ACME, { name: 'Acme Ltd' })).body).toMatchObject({ enabled });
  });

  it('of the same again makes no new version, and no event', async () => {
    const definition = { name: 'acme', enabled: true, limits: { burst: 5 } };
    const created = await create(definition);
    const version = await registryVersion();
    const again = await client.put(ACME, definition);
    expect([again.status, again.headers['etag'], again.body.updatedAt]).toEqual([
      200,
      created.headers['etag'],
      created.body.updatedAt,
    ]);
    expect(await registryVersion()).toBe(version);
    expect(await eventsOf(ACME)).toHaveLength(1);
  });

  it('never changes since when tokens are valid', async () => {
    await create();
    const { body } = await revoke(ACME);
    expect((await client.put(ACME, { name: 'Acme Ltd' })).body.tokensValidFrom).toBe(body.tokensValidFrom);
    const refused = await client.put(ACME, { name: 'acme', tokensValidFrom: null });
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [{ pointer: '#/tokensValidFrom', detail: expect.any(String) }],
    ]);
  });

  describe('with preconditions', () => {
    it('If-None-Match: * creates', async () => {
      expect((await client.put(ACME, { name: 'acme' }, { 'If-None-Match': '*' })).status).toBe(201);
    });

    it('If-None-Match: * creates again what was deleted', async () => {
      await create();
      await client.delete(ACME);
      expect((await client.put(ACME, { name: 'acme' }, { 'If-None-Match': '*' })).status).toBe(201);
    });

    it('If-None-Match: * replaces nothing', async () => {
      await create();
      const { status, body } = await client.put(ACME, { name: 'x' }, { 'If-None-Match': '*' });
      expect([status, body.code]).toEqual([412, 'version_mismatch']);
      expect((await client.get(path(ACME))).body.name).toBe('acme');
    });

    it('If-Match replaces the version that it names', async () => {
      const { headers } = await create();
      const replaced = await client.put(ACME, { name: 'x' }, { 'If-Match': headers['etag']! });
      expect(replaced.status).toBe(200);
    });

    it.each(['"999999"', 'W/"1"', '"x"', ''])('If-Match: %s replaces nothing', async (tag) => {
      await create();
      const { status, body } = await client.put(ACME, { name: 'x' }, { 'If-Match': tag });
      expect([status, body.code]).toEqual([412, 'version_mismatch']);
    });

    it.each(['*', '"1"'])('If-Match: %s creates nothing', async (tag) => {
      const { status, body } = await client.put(ACME, { name: 'x' }, { 'If-Match': tag });
      expect([status, body.code]).toEqual([412, 'version_mismatch']);
      expect((await client.get(path(ACME))).status).toBe(404);
    });
  });

  it.each<[string, object, string]>([
    ['no name', {}, '#/name'],
    ['an empty name', { name: ' ' }, '#/name'],
    ['a long name', { name: 'n'.repeat(201) }, '#/name'],
    ['an unknown member', { name: 'a', id: 'b' }, '#/id'],
    ['enabled null', { name: 'a', enabled: null }, '#/enabled'],
    ['a limit below 0', { name: 'a', limits: { burst: -1 } }, '#/limits/burst'],
    ['a limit above 1,000,000,000', { name: 'a', limits: { burst: 1_000_000_001 } }, '#/limits/burst'],
    ['half a request', { name: 'a', limits: { requestsPerSecond: 0.5 } }, '#/limits/requestsPerSecond'],
    ['an unknown limit', { name: 'a', limits: { perHour: 1 } }, '#/limits/perHour'],
    ['a limit of null', { name: 'a', limits: { burst: null } }, '#/limits/burst'],
  ])('with %s is 422', async (_, definition, pointer) => {
    const { status, body } = await client.put(ACME, definition);
    expect([status, body.errors]).toEqual([422, [{ pointer, detail: expect.any(String) }]]);
    expect((await client.get(path(ACME))).status).toBe(404);
  });

  it.each([0, 1_000_000_000])('takes limits of %d', async (limit) => {
    const limits = { requestsPerSecond: limit, burst: limit, requestsPerDay: limit };
    expect((await create({ name: 'acme', limits })).body.limits).toEqual(limits);
  });

  it.each(['a+b_C9', 'x'.repeat(128)])('takes the id %s', async (id) => {
    await create({ name: 'acme' }, id);
    expect((await client.get(path(id))).body.id).toBe(id);
  });

  it.each(['a-b', 'a.b', 'a%20b', '%00', 'x'.repeat(129)])('finds nothing under %s', async (id) => {
    const { status, body } = await client.put(id, { name: 'acme' });
    expect([status, body.code]).toEqual([404, 'client_not_found']);
  });
});

describe('GET', () => {
  it.each([
    ['unknown', '9unknown'],
    ['only listed', LISTED_CLIENT_ID],
    ['no app client by its id', 'no-id'],
  ])('of a client that is %s is 404', async (_, id) => {
    const { status, body } = await client.get(path(id));
    expect([status, body.code]).toEqual([404, 'client_not_found']);
  });

  it.each(['the tag', '*'])(
    'never answers 304, since inForce changes without a new version: %s',
    async (tag) => {
      const { headers } = await create();
      const condition = tag === '*' ? tag : headers['etag']!;
      expect((await client.get(path(ACME), { 'If-None-Match': condition })).status).toBe(200);
    },
  );

  it('shows when the running tasks act on the newest version', async () => {
    await create();
    await until('one of one to act on it', async () => {
      const { inForce } = (await client.get(path(ACME))).body;
      return inForce.tasks === 1 && inForce.confirmed === 1;
    });
  });

  it('counts as running what was seen within five seconds, and as confirmed what has the version', async () => {
    const version = Number((await create()).headers['etag']!.replaceAll('"', ''));
    await until('the running task to act on it', async () => {
      return (await client.get(path(ACME))).body.inForce.confirmed === 1;
    });
    await api.database.query(
      `INSERT INTO service_tasks SELECT gen_random_uuid(), confirmed, now() - make_interval(secs => age)
       FROM (VALUES ($1::integer, 0), ($1 - 1, 3), ($1 + 1, 3), ($1, 6), ($1 - 1, 50)) given (confirmed, age)`,
      [version],
    );
    expect((await client.get(path(ACME))).body.inForce).toEqual({ tasks: 4, confirmed: 3 });
    const { data } = (await client.get(CLIENTS)).body;
    expect(data).toMatchObject([{ id: ACME, inForce: { tasks: 4, confirmed: 3 } }]);
    await api.database.query('DELETE FROM service_tasks');
  });
});

describe('the list', () => {
  it('has the clients in the order of their ids, page by page, without those that were deleted', async () => {
    for (const id of ['Za', 'a', '_b', '1c', 'b', '+d']) await create({ name: id }, id);
    await client.delete('a');
    const seen: string[] = [];
    let next = `${CLIENTS}?limit=2`;
    for (;;) {
      const { headers, body } = await client.get(next);
      seen.push(...(body.data as { id: string }[]).map(({ id }) => id));
      const link = /^<(.*)>; rel="next"$/.exec(headers['link'] ?? '')?.[1];
      expect(link !== undefined).toBe(body.next !== null);
      if (link === undefined) break;
      next = link;
    }
    expect(seen).toEqual(['+d', '1c', 'Za', '_b', 'b']);
  });

  it.each(['limit=0', 'limit=101', 'cursor=no-id'])('refuses %s', async (query) => {
    const { status, body } = await client.get(`${CLIENTS}?${query}`);
    expect([status, body.code]).toEqual([400, 'invalid_query']);
  });
});

describe('PATCH', () => {
  const set = { requestsPerSecond: 50, burst: 100, requestsPerDay: 1000 };

  it.each<[string, object, object]>([
    ['the name', { name: 'x' }, { name: 'x', enabled: true, limits: set }],
    ['enabled', { enabled: false }, { name: 'acme', enabled: false, limits: set }],
    ['one limit', { limits: { burst: 7 } }, { limits: { ...set, burst: 7 } }],
    [
      'one limit to the default',
      { limits: { burst: null } },
      { limits: { requestsPerSecond: 50, requestsPerDay: 1000 } },
    ],
    ['all limits to the defaults', { limits: null }, { limits: null }],
    [
      'each limit to the default',
      { limits: { requestsPerSecond: null, burst: null, requestsPerDay: null } },
      { limits: null },
    ],
  ])('changes %s, and nothing else', async (_, patch, expected) => {
    const created = await create({ name: 'acme', limits: set });
    const { status, headers, body } = await client.patch(ACME, patch);
    expect(status).toBe(200);
    expect(body).toMatchObject(expected);
    expect(headers['etag']).not.toBe(created.headers['etag']);
    const read = await client.get(path(ACME));
    expect(read.body).toMatchObject(expected);
  });

  it('sets limits of a client that has none', async () => {
    await create();
    const { body } = await client.patch(ACME, { limits: { burst: 7, requestsPerDay: null } });
    expect(body.limits).toEqual({ burst: 7 });
  });

  it.each([{}, { name: 'acme' }, { limits: {} }, { limits: null }, { limits: { burst: null } }])(
    'that changes nothing makes no new version: %j',
    async (patch) => {
      const created = await create();
      const { status, headers, body } = await client.patch(ACME, patch);
      expect([status, headers['etag']]).toEqual([200, created.headers['etag']]);
      expect(body.updatedAt).toBe(created.body.updatedAt);
      expect(await eventsOf(ACME)).toHaveLength(1);
    },
  );

  it('is made to the version that If-Match names, or not at all', async () => {
    const { headers } = await create();
    const condition = { 'If-Match': headers['etag']! };
    expect((await client.patch(ACME, { name: 'x' }, condition)).status).toBe(200);
    const { status, body } = await client.patch(ACME, { name: 'y' }, condition);
    expect([status, body.code]).toEqual([412, 'version_mismatch']);
    expect((await client.patch(ACME, {}, condition)).status).toBe(412);
  });

  it.each(['9unknown', LISTED_CLIENT_ID])('finds no client %s', async (id) => {
    const { status, body } = await client.patch(id, { name: 'x' });
    expect([status, body.code]).toEqual([404, 'client_not_found']);
  });

  it.each<[object, string]>([
    [{ name: null }, '#/name'],
    [{ enabled: 'false' }, '#/enabled'],
    [{ tokensValidFrom: null }, '#/tokensValidFrom'],
    [{ limits: { burst: '1' } }, '#/limits/burst'],
  ])('%j is 422', async (patch, pointer) => {
    await create();
    const { status, body } = await client.patch(ACME, patch);
    expect([status, body.errors]).toEqual([422, [{ pointer, detail: expect.any(String) }]]);
  });
});

describe('DELETE', () => {
  it('leaves no client to be read or changed, and its events', async () => {
    await create();
    const { status, text } = await client.delete(ACME);
    expect([status, text]).toEqual([204, '']);
    const after = [
      client.get(path(ACME)),
      client.patch(ACME, { name: 'x' }),
      client.delete(ACME),
      revoke(ACME),
    ];
    for (const answer of await Promise.all(after))
      expect([answer.status, answer.body.code]).toEqual([404, 'client_not_found']);
    expect((await eventsOf(ACME)).map(({ action }) => action)).toEqual(['deleted', 'created']);
  });

  it('is made to the version that If-Match names, or not at all', async () => {
    await create();
    expect((await client.delete(ACME, { 'If-Match': '"999999"' })).status).toBe(412);
    const { headers } = await client.get(path(ACME));
    expect((await client.delete(ACME, { 'If-Match': headers['etag']! })).status).toBe(204);
  });

  it('revokes the tokens, and a client that is created again has them revoked', async () => {
    await create({ name: 'acme', enabled: false, limits: { burst: 1 } });
    const before = await databaseSecond();
    await client.delete(ACME);
    const { body } = await create({ name: 'again' });
    expect(body).toMatchObject({ name: 'again', enabled: true, limits: null });
    expect(Date.parse(body.tokensValidFrom as string)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(body.createdAt as string)).toBeGreaterThanOrEqual(
      Date.parse(body.tokensValidFrom as string),
    );
  });
});

describe('the revocation of tokens', () => {
  it('is of those that were issued in this second or before, by the clock of PostgreSQL', async () => {
    await create();
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    const before = await databaseSecond();
    const { status, headers, body } = await revoke(ACME);
    const after = await databaseSecond();
    expect([status, headers['etag']]).toEqual([200, `"${await registryVersion()}"`]);
    const from = Date.parse(body.tokensValidFrom as string);
    expect(from % 1000).toBe(0);
    expect(from).toBeGreaterThanOrEqual(before);
    expect(from).toBeLessThanOrEqual(after);
  });

  it('never goes back', async () => {
    await create();
    const future = (await databaseSecond()) / 1000 + 3600;
    await registerClient(api.database, { id: ACME, tokensValidFrom: future });
    expect(Date.parse((await revoke(ACME)).body.tokensValidFrom as string)).toBe(future * 1000);
    await client.delete(ACME);
    expect(Date.parse((await create()).body.tokensValidFrom as string)).toBe(future * 1000);
  });

  it('takes preconditions', async () => {
    await create();
    const { status, body } = await revoke(ACME, { 'If-Match': '"999999"' });
    expect([status, body.code]).toEqual([412, 'version_mismatch']);
  });
});

describe('the client that makes the call', () => {
  const refused = [409, 'own_client'];
  const outcome = ({ status, body }: Response): unknown[] => [status, body.code];

  it('cannot be disabled by PUT, registered or only listed', async () => {
    expect(outcome(await client.put(CLIENT_ID, { name: 'own', enabled: false }))).toEqual(refused);
    await create({ name: 'own' }, CLIENT_ID);
    expect(outcome(await client.put(CLIENT_ID, { name: 'own', enabled: false }))).toEqual(refused);
  });

  it('cannot be disabled, deleted or have its tokens revoked', async () => {
    await create({ name: 'own' }, CLIENT_ID);
    const { headers } = await client.get(path(CLIENT_ID));
    expect(outcome(await client.patch(CLIENT_ID, { enabled: false }))).toEqual(refused);
    expect(outcome(await client.delete(CLIENT_ID))).toEqual(refused);
    expect(outcome(await revoke(CLIENT_ID))).toEqual(refused);
    expect((await client.get(path(CLIENT_ID))).headers['etag']).toBe(headers['etag']);
  });

  it('can be changed otherwise', async () => {
    await create({ name: 'own' }, CLIENT_ID);
    const { status } = await client.patch(CLIENT_ID, { name: 'Own', limits: { burst: 1 } });
    expect(status).toBe(200);
    expect((await client.put(CLIENT_ID, { name: 'Own', enabled: true })).status).toBe(200);
  });
});

describe('the events', () => {
  it('say what was changed, by whom, when and by which request, the newest first', async () => {
    const created = await create({ name: 'acme', limits: { burst: 1 } });
    const changed = await client.patch(ACME, { enabled: false, limits: { burst: 2 } });
    const revoked = await revoke(ACME);
    const deleted = await client.delete(ACME);
    const again = await create({ name: 'again' });
    const { tokensValidFrom } = again.body;
    const common = { at: expect.stringMatching(INSTANT), actor: { clientId: CLIENT_ID, subject: CLIENT_ID } };
    const requestId = ({ headers }: Response): unknown => headers['x-request-id'];
    const id = ({ headers }: Response) => headers['etag']!.replaceAll('"', '');
    const events = await eventsOf(ACME);
    const [createdAgain, deletion, ...earlier] = events;
    expect(createdAgain).toEqual({
      ...common,
      id: id(again),
      action: 'created',
      changes: { name: { from: null, to: 'again' }, enabled: { from: null, to: true } },
      requestId: requestId(again),
    });
    expect(deletion).toMatchObject({ ...common, action: 'deleted', requestId: requestId(deleted) });
    expect(earlier).toEqual([
      {
        ...common,
        id: id(revoked),
        action: 'tokens_revoked',
        changes: { tokensValidFrom: { from: null, to: revoked.body.tokensValidFrom } },
        requestId: requestId(revoked),
      },
      {
        ...common,
        id: id(changed),
        action: 'changed',
        changes: { enabled: { from: true, to: false }, limits: { from: { burst: 1 }, to: { burst: 2 } } },
        requestId: requestId(changed),
      },
      {
        ...common,
        id: id(created),
        action: 'created',
        changes: {
          name: { from: null, to: 'acme' },
          enabled: { from: null, to: true },
          limits: { from: null, to: { burst: 1 } },
        },
        requestId: requestId(created),
      },
    ]);
    expect(Date.parse(tokensValidFrom as string)).toBeGreaterThanOrEqual(
      Date.parse(revoked.body.tokensValidFrom as string),
    );
    expect(events.map(({ at }) => at)).toEqual(
      events
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
  });

  it('name the user who signed in', async () => {
    const token = api.pool.token({
      claims: { sub: 'a-user', scope: 'https://api.example.com/clients.write' },
    });
    const sent = request(api.app).put(path(ACME)).set('Authorization', `Bearer ${token}`);
    expect((await sent.send({ name: 'acme' })).status).toBe(201);
    expect(await eventsOf(ACME)).toMatchObject([{ actor: { clientId: CLIENT_ID, subject: 'a-user' } }]);
  });

  it('are log lines too', async () => {
    const created = await create();
    const [event] = await eventsOf(ACME);
    const requestId: unknown = created.headers['x-request-id'];
    expect(api.log).toContainEqual(
      expect.objectContaining({ level: 'info', msg: 'client changed', client: ACME, event, requestId }),
    );
  });

  it('come in pages', async () => {
    await create();
    for (const name of ['b', 'c', 'd']) await client.patch(ACME, { name });
    const first = await client.get(path(ACME, '/events?limit=3'));
    expect(first.body.data).toHaveLength(3);
    expect(first.headers['link']).toBe(
      `<${path(ACME)}/events?limit=3&cursor=${first.body.next}>; rel="next"`,
    );
    const second = await client.get(path(ACME, `/events?limit=3&cursor=${first.body.next}`));
    expect(second.body).toMatchObject({ data: [{ action: 'created' }], next: null });
  });

  it.each(['cursor=x', 'cursor=0', 'cursor=1234567890', 'limit=101'])('refuse %s', async (query) => {
    await create();
    const { status, body } = await client.get(path(ACME, `/events?${query}`));
    expect([status, body.code]).toEqual([400, 'invalid_query']);
  });

  it.each(['9unknown', LISTED_CLIENT_ID])('of the client %s are not found', async (id) => {
    const { status, body } = await client.get(path(id, '/events'));
    expect([status, body.code]).toEqual([404, 'client_not_found']);
  });
});

describe('a change whose event cannot be written', () => {
  afterEach(() => api.database.query('ALTER TABLE events_elsewhere RENAME TO client_events'));

  it('is not made, and makes no version', async () => {
    const { headers } = await create();
    const version = await registryVersion();
    await api.database.query('ALTER TABLE client_events RENAME TO events_elsewhere');
    expect((await client.patch(ACME, { name: 'x' })).status).toBe(500);
    const read = await client.get(path(ACME));
    expect([read.body.name, read.headers['etag']]).toEqual(['acme', headers['etag']]);
    expect(await registryVersion()).toBe(version);
  });
});

describe('a third party', () => {
  it('may call once it is registered, and not while it is disabled', async () => {
    expect(await call(PARTNER)).toBe('client_not_allowed');
    await create({ name: 'partner' }, PARTNER);
    await answered(PARTNER, 200);
    await client.patch(PARTNER, { enabled: false });
    await answered(PARTNER, 'client_disabled');
    await client.patch(PARTNER, { enabled: true });
    await answered(PARTNER, 200);
    await client.delete(PARTNER);
    await answered(PARTNER, 'client_not_allowed');
  });

  it('that is listed may be disabled and deleted all the same', async () => {
    expect(await call(LISTED_CLIENT_ID)).toBe(200);
    await create({ name: 'listed', enabled: false }, LISTED_CLIENT_ID);
    await answered(LISTED_CLIENT_ID, 'client_disabled');
    await client.delete(LISTED_CLIENT_ID);
    await answered(LISTED_CLIENT_ID, 'client_not_allowed');
  });

  it('needs a new token after those issued so far were revoked', async () => {
    await create({ name: 'x' }, '4revoked');
    const { body } = await revoke('4revoked');
    const iat = Date.parse(body.tokensValidFrom as string) / 1000;
    await answered('4revoked', 'token_revoked', { iat });
    expect(await call('4revoked', { iat: iat + 1 })).toBe(200);
    expect(await call('4revoked', { iat: undefined })).toBe('token_revoked');
  });
});
