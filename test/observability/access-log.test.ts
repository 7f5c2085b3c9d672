import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { listen, RawConnection } from '../support/raw-http';
import { things } from '../support/things/resource';
import type { ThingStore } from '../support/things/store';
import { CLIENT_ID } from '../support/user-pool';

const THINGS = '/api/v1/things';
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const INFO = 'info';
const DEBUG = 'debug';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi({ checks: { thing: () => ({ status: 'ok' }) } });
  client = apiClient(api);
});

afterAll(() => api.close());

/** What was logged of the request that an answer belongs to. */
function linesOf({ headers }: request.Response) {
  const id = (headers as Record<string, string>)['x-request-id'];
  return api.log.filter(({ requestId }) => requestId === id);
}

describe('a request', () => {
  it('is one line that says who called what, and how it went', async () => {
    const lines = linesOf(await client.get(`${THINGS}/01990000-0000-7000-8000-00000000dead?x=1`));
    expect(lines).toEqual([
      {
        level: INFO,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        requestId: expect.stringMatching(UUID),
        method: 'GET',
        route: '/api/v1/things/:id',
        status: 404,
        durationMs: expect.any(Number),
        clientId: CLIENT_ID,
        reason: 'thing_not_found',
        ip: expect.any(String),
        msg: 'request completed',
      },
    ]);
  });

  it('has no reason where nothing was refused', async () => {
    const [line] = linesOf(await client.get(THINGS));
    expect(line).toMatchObject({ status: 200, route: THINGS });
    expect(line).not.toHaveProperty('reason');
  });

  it('has no route where no path was declared', async () => {
    const [line] = linesOf(await client.get('/api/secret-path'));
    expect(line).toMatchObject({ status: 404, reason: 'not_found' });
    expect(line).not.toHaveProperty('route');
  });

  it.each([
    ['missing_token', undefined],
    ['malformed_authorization', () => 'Bearer'],
    ['malformed_token', () => 'Bearer abc'],
    ['unknown_kid', () => `Bearer ${api.pool.token({ header: { kid: 'unknown' } })}`],
    ['algorithm_not_allowed', () => `Bearer ${api.pool.token({ header: { alg: 'RS512' } })}`],
    ['invalid_signature', () => `Bearer ${api.pool.token().slice(0, -8)}AAAAAAAA`],
    ['not_an_access_token', () => `Bearer ${api.pool.idToken()}`],
    ['client_not_allowed', () => `Bearer ${api.pool.token({ claims: { client_id: 'other' } })}`],
    ['insufficient_scope', () => `Bearer ${api.pool.tokenWith()}`],
  ])('that is refused has the precise reason %s', async (reason, authorization) => {
    const sent = request(api.app).get(THINGS);
    if (authorization) void sent.set('Authorization', authorization());
    const lines = linesOf(await sent);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: INFO, reason });
  });

  it('that finds no keys is one line as well: the failure of their fetch is logged where it happens', async () => {
    const keyless = await testApi({ jwksAnswer: (_req, res) => res.writeHead(500).end() });
    const answer = await apiClient(keyless).get(THINGS);
    await keyless.close();
    const id: unknown = answer.headers['x-request-id'];
    expect(keyless.log.filter(({ requestId }) => requestId === id)).toMatchObject([
      { level: 'error', status: 503, reason: 'keys_unavailable', msg: 'request completed' },
    ]);
  });

  it('names no client whose token was not verified', async () => {
    const [line] = linesOf(await request(api.app).get(THINGS).set('Authorization', 'Bearer abc'));
    expect(line).not.toHaveProperty('clientId');
  });

  it('names the client that was refused though its token is valid', async () => {
    const token = api.pool.token({ claims: { client_id: 'other' } });
    const [line] = linesOf(await request(api.app).get(THINGS).set('Authorization', `Bearer ${token}`));
    expect(line).toMatchObject({ reason: 'client_not_allowed', clientId: 'other' });
  });

  it('has the address that the load balancer saw, not one that the caller made up', async () => {
    const [line] = linesOf(await client.get(THINGS, { 'X-Forwarded-For': '203.0.113.9, 198.51.100.7' }));
    expect(line).toMatchObject({ ip: '198.51.100.7' });
  });

  it.each([
    ['2001:db8::7', '2001:db8::7'],
    ['fe80::7%eth0', 'fe80::7'],
    ['203.0.113.9, fe80::7%any-text-of-the-caller', 'fe80::7'],
  ])('has the address alone where %s was forwarded', async (forwarded, ip) => {
    expect(linesOf(await client.get(THINGS, { 'X-Forwarded-For': forwarded }))).toMatchObject([{ ip }]);
  });

  it.each([
    ['text', 'any-text-of-the-caller'],
    ['a long text', 'x'.repeat(10_000)],
    ['an address with a port', '198.51.100.7:4711'],
    ['an address in brackets', '[2001:db8::7]'],
    ['an obfuscated name', '_hidden'],
  ])('has no address where %s was forwarded', async (_, forwarded) => {
    const [line] = linesOf(await client.get(THINGS, { 'X-Forwarded-For': forwarded }));
    expect(line).toMatchObject({ status: 200 });
    expect(line).not.toHaveProperty('ip');
  });

  it.each(['/livez', '/readyz'])('to %s is logged at level debug', async (path) => {
    const lines = linesOf(await request(api.app).get(path));
    expect(lines).toMatchObject([{ level: DEBUG, route: path, status: 200 }]);
  });

  it('to a path that only looks like a health check is not', async () => {
    expect(linesOf(await request(api.app).get('/livez/'))).toMatchObject([{ level: INFO, status: 404 }]);
    expect(linesOf(await request(api.app).post('/livez'))).toMatchObject([{ level: INFO, status: 405 }]);
  });

  it.each([
    ['is never answered', false],
    ['is answered when nobody listens any more', true],
  ])('whose caller hangs up is one line, not said to be completed, though it %s', async (_, isAnswered) => {
    let asked: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    let answer: (things: []) => void = () => undefined;
    const store: Pick<ThingStore, 'list'> = {
      list: () => {
        asked();
        return new Promise<[]>((resolve) => (answer = resolve));
      },
    };
    const slow = await testApi({ resources: [{ ...things, store: () => store }] });
    const server = await listen((req, res) => {
      if (isAnswered) res.on('close', () => answer([]));
      slow.app(req, res);
    });
    const connection = new RawConnection(server.port);
    connection.write(
      `GET ${THINGS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${slow.pool.token()}\r\n\r\n`,
    );
    await arrived;
    connection.destroy();
    const lines = () => slow.log.filter(({ method }) => method !== undefined);
    while (lines().length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(lines()).toMatchObject([{ route: THINGS, clientId: CLIENT_ID, msg: 'request aborted' }]);
    await server.close();
    await slow.close();
  });
});

describe('the request id', () => {
  const root = '1-67891233-abcdef012345678912345678';

  it.each([
    `Root=${root}`,
    `Self=1-67891234-12456789abcdef012345678a;Root=${root}`,
    `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1`,
    `Self=1-67891234-12456789abcdef012345678a;Root=${root};CalledFrom=app`,
  ])('is the root of the trace: %s', async (trace) => {
    const answer = await request(api.app).get(THINGS).set('X-Amzn-Trace-Id', trace);
    expect(answer.headers['x-request-id']).toBe(root);
    expect(answer.body.requestId).toBe(root);
    expect(linesOf(answer).at(-1)).toMatchObject({ requestId: root });
  });

  it.each([
    '',
    root,
    'Root=',
    'Root=1-6789123-abcdef012345678912345678',
    `Root=${root}0`,
    `Root=2${root.slice(1)}`,
    `Root=${root} forged`,
    `NotRoot=${root}`,
    `Root=1-67891233-abcdef01234567891234567g`,
    'Root=<script>',
    `Self=${root}`,
  ])('is made where the trace is "%s"', async (trace) => {
    const answer = await request(api.app).get(THINGS).set('X-Amzn-Trace-Id', trace);
    expect(answer.headers['x-request-id']).toMatch(UUID);
  });

  it('is made where there is no trace, and never the same', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await request(api.app).get('/livez')).headers['x-request-id']),
    );
    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is not what the caller calls so', async () => {
    const { headers } = await request(api.app).get(THINGS).set('X-Request-Id', 'mine');
    expect(headers['x-request-id']).toMatch(UUID);
  });
});

describe('the log', () => {
  it('holds nothing that a caller sent but the method', async () => {
    const secret = () => `secret-${randomUUID()}`;
    const secrets = Object.fromEntries(
      ['query', 'path', 'header', 'cookie', 'user-agent', 'label', 'referer', 'malformed', 'basic'].map(
        (name) => [name, secret()],
      ),
    );
    const said = (name: string) => secrets[name]!;
    const headers = {
      'X-Api-Key': said('header'),
      Cookie: `a=${said('cookie')}`,
      'User-Agent': said('user-agent'),
      Referer: `https://example.com/${said('referer')}`,
    };
    const thing = { label: said('label') };
    await client.get(`${THINGS}?label=${said('query')}&token=${said('query')}`, headers);
    await client.get(`${THINGS}/${said('path')}`, headers);
    await client.get(`/api/${said('path')}`, headers);
    const created = await client.post(thing, headers);
    expect(created.status).toBe(201);
    await client.post(thing, headers);
    await client.patch(created.body.id as string, { label: said('label'), [said('label')]: 1 }, headers);
    await client.post(`{"label":"${said('malformed')}`, headers);
    await request(api.app)
      .get(THINGS)
      .set('Authorization', `Basic ${said('basic')}`);
    await request(api.app)
      .get(THINGS)
      .set('Authorization', `Bearer ${said('malformed')} x`);
    await request(api.app)
      .get(THINGS)
      .set('Authorization', `Bearer ${said('malformed')}`);
    const tokens = [
      api.pool.token(),
      api.pool.idToken(),
      api.pool.token({ header: { kid: said('header') } }),
    ];
    for (const token of tokens) await request(api.app).get(THINGS).set('Authorization', `Bearer ${token}`);

    const text = JSON.stringify(api.log);
    const parts = tokens.flatMap((token) => token.split('.').slice(1));
    for (const each of [...Object.values(secrets), ...parts]) expect(text).not.toContain(each);
  });
});
