import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { listen, RawConnection, send } from '../support/raw-http';
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

/** The id of the request that an answer belongs to. */
function idOf({ headers }: request.Response): string | undefined {
  return (headers as Record<string, string>)['x-request-id'];
}

/** The access log of the request that an answer belongs to. */
function linesOf(answer: request.Response) {
  return api.log.filter(({ requestId, method }) => requestId === idOf(answer) && method !== undefined);
}

/** What the log explains of the request that an answer belongs to. */
function stepsOf(answer: request.Response) {
  return api.log.filter(({ requestId, method }) => requestId === idOf(answer) && method === undefined);
}

describe('a request', () => {
  it('is one line that says who called what, and how it went', async () => {
    const lines = linesOf(await client.get(`${THINGS}/01990000-0000-7000-8000-00000000dead`));
    expect(lines).toEqual([
      {
        level: INFO,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        requestId: expect.stringMatching(UUID),
        method: 'GET',
        route: '/api/v1/things/:id',
        path: `${THINGS}/01990000-0000-7000-8000-00000000dead`,
        status: 404,
        durationMs: expect.any(Number),
        clientId: CLIENT_ID,
        reason: 'thing_not_found',
        bytesIn: expect.any(Number),
        bytesOut: expect.any(Number),
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
    const [line] = linesOf(await client.get('/api/v1/thinks'));
    expect(line).toMatchObject({ status: 404, reason: 'not_found', path: '/api/v1/thinks' });
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
    expect(keyless.log.filter(({ requestId, method }) => requestId === id && method)).toMatchObject([
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
    ['is answered after its client is gone', true],
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

describe('the path', () => {
  it.each([
    '/api/v1/thinks?token=x',
    '/api/v1/thinks?x#y',
    'http://user:pass@api.example.com/api/v1/thinks?x',
  ])('is logged without scheme, authority and query where nothing is there: %s', async (target) => {
    const server = await listen(api.app);
    const headers = { Authorization: `Bearer ${api.pool.token()}` };
    const answer = await send(server.port, target, { headers });
    await server.close();
    const line = api.log.find(
      ({ requestId, status }) => requestId === answer.headers['x-request-id'] && status,
    );
    expect(line).toMatchObject({ status: 404, path: '/api/v1/thinks' });
  });

  it('is logged with 405', async () => {
    const [line] = linesOf(await request(api.app).post('/livez?x=1'));
    expect(line).toMatchObject({ status: 405, path: '/livez' });
  });

  it('is not logged with any other answer', async () => {
    expect(linesOf(await client.get(THINGS))[0]).not.toHaveProperty('path');
    expect(linesOf(await client.get(`${THINGS}?limit=0`))[0]).not.toHaveProperty('path');
  });

  it('has a part of up to 40 characters as it is, and a longer one as an asterisk', async () => {
    const short = 'x'.repeat(40);
    const [line] = linesOf(await request(api.app).get(`/${short}/${short}y/end`));
    expect(line).toMatchObject({ path: `/${short}/*/end` });
  });

  it('is cut after 200 characters', async () => {
    const [line] = linesOf(await request(api.app).get('/12345678'.repeat(1_000)));
    expect(line?.['path']).toBe('/12345678'.repeat(1_000).slice(0, 200));
  });
});

describe('the faults of a request', () => {
  it('are logged with the parameters of its query and the rules that they break', async () => {
    const [line] = linesOf(await client.get(`${THINGS}?limit=101&cursor=secret`));
    expect(line).toMatchObject({
      reason: 'invalid_query',
      errors: [
        { parameter: 'limit', rule: 'too_big' },
        { parameter: 'cursor', rule: 'invalid_format' },
      ],
    });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('are logged with the names of unknown parameters, of up to 40 characters', async () => {
    const [line] = linesOf(await client.get(`${THINGS}?lable=secret&${'y'.repeat(41)}=1`));
    expect(line).toMatchObject({
      errors: [
        { parameter: 'lable', rule: 'unrecognized_keys' },
        { parameter: '*', rule: 'unrecognized_keys' },
      ],
    });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('are logged with pointers into its body and the rules that they break', async () => {
    const [line] = linesOf(await client.post({ label: '', lable: 'secret' }));
    expect(line).toMatchObject({
      reason: 'invalid_body',
      errors: [
        { pointer: '#/label', rule: 'too_small' },
        { pointer: '#/lable', rule: 'unrecognized_keys' },
      ],
    });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('are logged up to ten, with names of up to 40 characters', async () => {
    const names = Array.from({ length: 15 }, (_, index) => `${index}`.padStart(30 + index, 'x'));
    const [line] = linesOf(await client.post(Object.fromEntries(names.map((name) => [name, 1]))));
    const errors = line?.['errors'] as { pointer: string }[];
    expect(errors).toHaveLength(10);
    for (const { pointer } of errors) expect(pointer).toMatch(/^#\/.{1,40}$/);
  });

  it('are logged with an asterisk for a name of more than 40 characters', async () => {
    const [line] = linesOf(await client.post({ label: 'x', ['y'.repeat(41)]: 1 }));
    expect(line).toMatchObject({ errors: [{ pointer: '#/*', rule: 'unrecognized_keys' }] });
  });
});

describe('a token that is refused', () => {
  const get = (token: string) => request(api.app).get(THINGS).set('Authorization', `Bearer ${token}`);

  it('is logged with its issuer and key where the issuer is another', async () => {
    const token = api.pool.token({ claims: { iss: 'https://other.example.com' }, header: { kid: 'theirs' } });
    const [line] = linesOf(await get(token));
    expect(line).toMatchObject({
      reason: 'foreign_issuer',
      tokenIss: 'https://other.example.com',
      tokenKid: 'theirs',
    });
  });

  it('is logged with its key where that is unknown', async () => {
    const unknown = await testApi();
    const token = unknown.pool.token({ header: { kid: 'unknown' } });
    await request(unknown.app).get(THINGS).set('Authorization', `Bearer ${token}`);
    await request(unknown.app)
      .get(THINGS)
      .set('Authorization', `Bearer ${unknown.pool.token({ header: { kid: 'second' } })}`);
    await unknown.close();
    expect(unknown.log.filter(({ method }) => method)).toMatchObject([
      { reason: 'unknown_kid', tokenKid: 'unknown' },
      { reason: 'keys_unavailable', tokenKid: 'second' },
    ]);
  });

  it('is logged with 200 characters of either', async () => {
    const long = 'x'.repeat(1_000);
    const [line] = linesOf(await get(api.pool.token({ claims: { iss: long }, header: { kid: long } })));
    expect(line).toMatchObject({ tokenIss: long.slice(0, 200), tokenKid: long.slice(0, 200) });
  });

  it.each([
    ['token_expired', { exp: 1 }],
    ['foreign_audience', { aud: 'other' }],
    ['client_not_allowed', { client_id: 'other' }],
  ])('is logged with its client where its signature is good: %s', async (reason, claims) => {
    const [line] = linesOf(await get(api.pool.token({ claims })));
    expect(line).toMatchObject({ reason, clientId: 'client_id' in claims ? 'other' : CLIENT_ID });
  });

  it('is logged without a client where its signature is not', async () => {
    const [line] = linesOf(await get(`${api.pool.token().slice(0, -8)}AAAAAAAA`));
    for (const name of ['clientId', 'tokenIss', 'tokenKid']) expect(line).not.toHaveProperty(name);
  });
});

describe("the caller's own request id", () => {
  it.each(['a', 'A-z_0.9', 'x'.repeat(64)])('is logged beside ours: %s', async (id) => {
    const [line] = linesOf(await client.get(THINGS, { 'X-Request-Id': id }));
    expect(line).toMatchObject({ requestId: expect.stringMatching(UUID), callerRequestId: id });
  });

  it.each(['x'.repeat(65), 'a b', 'a"b', 'ä', 'a, b', '<x>'])('is not logged where it is %s', async (id) => {
    const server = await listen(api.app);
    const headers = { Authorization: `Bearer ${api.pool.token()}`, 'X-Request-Id': id };
    const answer = await send(server.port, THINGS, { headers });
    await server.close();
    const line = api.log.find(
      (each) => each['requestId'] === answer.headers['x-request-id'] && each['status'],
    );
    expect(line).toMatchObject({ status: 200 });
    expect(line).not.toHaveProperty('callerRequestId');
  });
});

describe('the trace id', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

  it.each([
    `00-${traceId}-00f067aa0ba902b7-00`,
    `00-${traceId}-00f067aa0ba902b7-01`,
    `cc-${traceId}-00f067aa0ba902b7-01-x`,
  ])('is that of the traceparent %s', async (traceparent) => {
    const [line] = linesOf(await client.get(THINGS, { traceparent }));
    expect(line).toMatchObject({ traceId });
  });

  it.each([
    '',
    traceId,
    `00-${traceId}-00f067aa0ba902b7`,
    `00-${traceId}-00f067aa0ba902b7-01-x`,
    `ff-${traceId}-00f067aa0ba902b7-01`,
    `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-00f067aa0ba902b7-0x`,
    `00-${traceId}-00f067aa0ba902b7-011`,
  ])('is missing where the traceparent is "%s"', async (traceparent) => {
    const [line] = linesOf(await client.get(THINGS, { traceparent }));
    expect(line).toMatchObject({ status: 200 });
    expect(line).not.toHaveProperty('traceId');
  });
});

describe('the bytes of a request', () => {
  it('are those that came and those that were sent, heads included, on a connection that is used again', async () => {
    const server = await listen(api.app);
    const connection = new RawConnection(server.port);
    const ask = (padding: string) =>
      `GET ${THINGS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.pool.token()}\r\nX: ${padding}\r\n\r\n`;
    const sent = [ask(''), ask('x'.repeat(100))];
    const before = api.log.length;
    connection.write(sent[0]!);
    await connection.until(/"next":null}/);
    const first = connection.received.length;
    connection.write(sent[1]!);
    await connection.until(/"next":null}[^]*"next":null}/);
    connection.destroy();
    await server.close();
    const lines = api.log.slice(before).filter(({ method }) => method);
    expect(lines).toMatchObject([
      { bytesIn: sent[0]!.length, bytesOut: first },
      { bytesIn: sent[1]!.length, bytesOut: connection.received.length - first },
    ]);
  });
});

describe('a slow request', () => {
  it('is logged with what the database had of it', async () => {
    const slow = await testApi();
    await slow.database.query(
      'CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.6); RETURN NEW; END $$',
    );
    await slow.database.query(
      'CREATE TRIGGER slow BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION slow()',
    );
    await apiClient(slow).post({ label: 'Slow' });
    await apiClient(slow).get(THINGS);
    await slow.close();
    const [line, fast] = slow.log.filter(({ method }) => method);
    expect(line).toMatchObject({ status: 201, statements: 1 });
    expect(line?.['databaseMs']).toBeGreaterThan(590);
    expect(line?.['databaseMs']).toBeLessThan(line?.['durationMs'] as number);
    expect(line?.['databaseWaitMs']).toBeGreaterThan(0);
    for (const name of ['databaseMs', 'databaseWaitMs', 'statements']) expect(fast).not.toHaveProperty(name);
  });
});

describe('at level debug', () => {
  /** Tokens of one second are the same but for their `jti`, and one that is known is verified no more. */
  const newToken = () => api.pool.token({ claims: { jti: randomUUID() } });

  it('a decision is explained step by step', async () => {
    const steps = stepsOf(await client.get(THINGS, { Authorization: `Bearer ${newToken()}` }));
    expect(steps).toMatchObject([
      {
        level: DEBUG,
        msg: 'token decoded, not verified yet',
        kid: 'key-1',
        alg: 'RS256',
        clientId: CLIENT_ID,
      },
      { msg: 'token verified' },
      { msg: 'token accepted', remembered: false, clientId: CLIENT_ID },
      { msg: 'client admitted', clientId: CLIENT_ID },
      { msg: 'scopes compared', required: ['https://api.example.com/things.read'] },
      { msg: 'request valid', operationId: 'listThings' },
      { msg: 'statement run', statement: expect.stringMatching(/^SELECT /), failed: false },
    ]);
  });

  it('the last step before a refusal shows what was missing', async () => {
    const token = api.pool.tokenWith('things.read');
    const answer = await client.post({ label: 'x' }, { Authorization: `Bearer ${token}` });
    expect(answer.status).toBe(403);
    expect(stepsOf(answer).at(-1)).toMatchObject({
      msg: 'scopes compared',
      required: ['https://api.example.com/things.write'],
      held: ['https://api.example.com/things.read'],
    });
  });

  it('no step has the token, or a value of the request', async () => {
    const token = newToken();
    const answer = await client.get(`${THINGS}?label=my-value`, { Authorization: `Bearer ${token}` });
    const text = JSON.stringify(stepsOf(answer));
    for (const part of [...token.split('.'), 'my-value']) expect(text).not.toContain(part);
  });
});

describe('the log', () => {
  it('holds no query, body, header, token or long part of a path, at level debug neither', async () => {
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
    const tokens = [api.pool.token(), api.pool.idToken()];
    for (const token of tokens) await request(api.app).get(THINGS).set('Authorization', `Bearer ${token}`);

    const text = JSON.stringify(api.log);
    const parts = tokens.flatMap((token) => token.split('.').slice(1));
    for (const each of [...Object.values(secrets), ...parts]) expect(text).not.toContain(each);
  });
});
