import { type RequestListener, STATUS_CODES } from 'node:http';
import express, { type Request, type Response } from 'express';
import { DatabaseError } from 'pg';
import request from 'supertest';
import { DatabaseUnavailableError } from '../../src/database/errors';
import { problemHandler, problemsOfStatuses, problemTitle } from '../../src/http/problem';
import { createLogger } from '../../src/observability/log';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { listen, RawConnection } from '../support/raw-http';
import { things } from '../support/things/resource';
import type { ThingStore } from '../support/things/store';

const THINGS = '/api/v1/things';
const UNKNOWN_ID = '01990000-0000-7000-8000-00000000dead';

describe('every problem has the same form:', () => {
  let api: TestApi;
  let client: ReturnType<typeof apiClient>;

  beforeAll(async () => {
    api = await testApi();
    client = apiClient(api);
  });

  afterAll(() => api.close());

  const authorized = (sent: request.Test, authorization: string) => sent.set('Authorization', authorization);
  const cases: readonly [number, string, () => request.Test][] = [
    [400, 'invalid_query', () => client.get(`${THINGS}?limit=0`)],
    [400, 'malformed_body', () => client.post('{')],
    [400, 'invalid_request', () => authorized(request(api.app).get(THINGS), 'Bearer a b')],
    [401, 'missing_token', () => request(api.app).get(THINGS)],
    [401, 'invalid_token', () => authorized(request(api.app).get(THINGS), 'Bearer abc')],
    [
      403,
      'insufficient_scope',
      () => authorized(request(api.app).get(THINGS), `Bearer ${api.pool.tokenWith()}`),
    ],
    [404, 'not_found', () => request(api.app).get('/nothing')],
    [404, 'not_found', () => client.get(`${THINGS}/%E0%A4%A`)],
    [404, 'thing_not_found', () => client.get(`${THINGS}/${UNKNOWN_ID}`)],
    [405, 'method_not_allowed', () => authorized(request(api.app).put(THINGS), `Bearer ${api.pool.token()}`)],
    [413, 'body_too_large', () => client.post(' '.repeat(102_401))],
    [415, 'unsupported_media_type', () => client.post('x', { 'Content-Type': 'text/plain' })],
    [422, 'invalid_body', () => client.post({ label: '' })],
  ];

  it.each(cases)('%d %s', async (status, code, sent) => {
    const answer = await sent();
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      type: `https://things.example.com/docs/errors/${code}`,
      title: problemTitle(code),
      status,
      detail: expect.stringMatching(/\S/),
      code,
      requestId: answer.headers['x-request-id'],
      ...(code === 'invalid_body' && { errors: expect.any(Array) }),
    });
  });
});

it('logs nothing but the request where there are no keys, which the key set has logged', async () => {
  const api = await testApi({ jwksAnswer: (_req, res) => void res.writeHead(500).end() });
  const answer = await apiClient(api).get(THINGS);
  expect(answer.body).toMatchObject({ status: 503, code: 'keys_unavailable' });
  const lines = api.log.filter(({ requestId }) => requestId === answer.headers['x-request-id']);
  expect(lines).toMatchObject([{ msg: 'request completed', status: 503 }]);
  await api.close();
});

describe('where the store fails', () => {
  let api: TestApi;
  let client: ReturnType<typeof apiClient>;
  let error: Error;

  beforeAll(async () => {
    const fail = () => Promise.reject(error);
    const store: ThingStore = { list: fail, find: fail, create: fail, update: fail, delete: fail };
    api = await testApi({ resources: [{ ...things, store: () => store }] });
    client = apiClient(api);
  });

  afterAll(() => api.close());

  /** What was logged of the request that an answer belongs to. */
  function linesOf({ headers }: request.Response) {
    return api.log.filter(
      ({ requestId, level }) => requestId === headers['x-request-id'] && level !== 'debug',
    );
  }

  describe('for an unforeseen reason', () => {
    beforeEach(() => {
      error = new Error('SELECT secret-text FROM things');
    });

    it('the answer is 500 internal_error', async () => {
      const { status, headers, body } = await client.get(THINGS);
      expect(status).toBe(500);
      expect(body).toEqual({
        type: 'https://things.example.com/docs/errors/internal_error',
        title: 'Internal error',
        status: 500,
        detail: expect.any(String),
        code: 'internal_error',
        requestId: headers['x-request-id'],
      });
    });

    it('the caller learns nothing of it', async () => {
      const { headers, text } = await client.get(THINGS);
      const shown = JSON.stringify(headers) + text;
      for (const inside of ['secret-text', 'SELECT', 'Error:', '.ts', 'node_modules'])
        expect(shown).not.toContain(inside);
    });

    it('the log has its stack, under the request id', async () => {
      expect(linesOf(await client.get(THINGS))).toContainEqual(
        expect.objectContaining({
          level: 'error',
          err: expect.objectContaining({ stack: expect.stringContaining('secret-text') }),
        }),
      );
    });

    it('the access log has it at level error, with its code', async () => {
      const [line] = linesOf(await client.get(THINGS)).filter(({ method }) => method === 'GET');
      expect(line).toMatchObject({ level: 'error', status: 500, reason: 'internal_error' });
    });

    it.each([
      ['a text', 'thrown text'],
      ['undefined', undefined],
      ['null', null],
      ['an error that claims a status of 5xx', Object.assign(new Error('x'), { status: 502, expose: true })],
      ['an error that claims a status of 3xx', Object.assign(new Error('x'), { status: 302 })],
      ['an error whose status is a text', Object.assign(new Error('x'), { status: '418' })],
      ['an object without a prototype', Object.create(null)],
    ])('the answer is the same for %s', async (_, thrown) => {
      error = thrown as Error;
      const { status, body } = await client.get(THINGS);
      expect(status).toBe(500);
      expect(body.code).toBe('internal_error');
    });

    it('the log does not have what the database reported of the row', async () => {
      error = Object.assign(new DatabaseError('new row violates check constraint', 1, 'error'), {
        code: '23514',
        detail: 'Failing row contains (1, secret-address@example.com, secret-name).',
        where: 'secret-where',
      });
      const text = JSON.stringify(linesOf(await client.get(THINGS)));
      expect(text).toContain('23514');
      expect(text).not.toContain('secret-');
    });
  });

  describe('with an error that has a status of 4xx, as those of http-errors', () => {
    it.each([
      ['status', { status: 409 }],
      ['statusCode', { statusCode: 409 }],
    ])('the answer has it: %s', async (_, members) => {
      error = Object.assign(new Error('secret-text'), members, { code: 'ESECRET' });
      const answer = await client.get(THINGS);
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({
        title: 'Conflict',
        detail: 'Conflict',
        status: 409,
        code: 'conflict',
      });
      expect(answer.text).not.toMatch(/secret/i);
      expect(linesOf(answer)).toMatchObject([{ level: 'info', status: 409, reason: 'conflict' }]);
    });

    it('the answer has its headers', async () => {
      const headers = { 'Content-Range': 'bytes */9' };
      error = Object.assign(new Error('x'), { status: 416, headers });
      const answer = await client.get(THINGS);
      expect(answer.headers['content-range']).toBe('bytes */9');
      expect(answer.body.code).toBe('range_not_satisfiable');
    });

    it.each([
      [true, 'for the caller'],
      [false, "I'm a Teapot"],
    ])('the answer has its message where it is meant for the caller: expose %s', async (expose, detail) => {
      error = Object.assign(new Error('for the caller'), { status: 418, expose });
      expect((await client.get(THINGS)).body).toMatchObject({ detail, code: 'i_m_a_teapot' });
    });

    it.each([
      [400, ''],
      [499, ', though no status is called so'],
    ])('the answer has the status %d%s', async (status) => {
      error = Object.assign(new Error('x'), { status });
      expect(await client.get(THINGS)).toMatchObject({ status, body: { code: 'bad_request' } });
    });

    it.each([399, 500, '404', null])('a status of another kind is none: %j', async (status) => {
      error = Object.assign(new Error('x'), { status });
      expect(await client.get(THINGS)).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    });
  });

  describe('because the database is away', () => {
    beforeEach(() => {
      const cause = new Error('connect ECONNREFUSED 10.0.0.1:5432');
      error = new DatabaseUnavailableError('x', { cause });
    });

    it.each([
      ['list', () => client.get(THINGS)],
      ['read', () => client.get(`${THINGS}/${UNKNOWN_ID}`)],
      ['create', () => client.post({ label: 'Lamp' })],
      ['change', () => client.patch(UNKNOWN_ID, { label: 'Desk' })],
      ['delete', () => client.delete(UNKNOWN_ID)],
    ])('the answer to %s is 503 with Retry-After and no challenge', async (_, sent) => {
      const { status, headers, body, text } = await sent();
      expect(status).toBe(503);
      expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(headers).not.toHaveProperty('www-authenticate');
      expect(body.code).toBe('database_unavailable');
      expect(text).not.toMatch(/ECONN|10\.0/);
    });

    it('the log has the cause', async () => {
      expect(JSON.stringify(linesOf(await client.get(THINGS)))).toContain('ECONNREFUSED');
    });

    it('who has no token is still asked for one', async () => {
      expect(await request(api.app).get(THINGS)).toMatchObject({ status: 401 });
    });
  });
});

describe('an error after the answer has begun', () => {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => void lines.push(JSON.parse(line) as never) });

  /** Fails when a part of its answer, or all of it, has been sent. */
  function failing(begin: (res: Response) => void): RequestListener {
    const app = express();
    app.use((req, res) => {
      req.log = logger;
      begin(res);
      throw new Error('too late');
    });
    const handle = problemHandler(() => undefined, 'https://things.example.com');
    // Express would cut the connection of an error that its handler threw.
    const listener = (req: Request, res: Response) =>
      app(req, res, (error: unknown) => handle(error, req, res));
    return listener as RequestListener;
  }

  beforeEach(() => void lines.splice(0));

  it('cuts the connection, so that the answer is not taken for complete', async () => {
    const server = await listen(failing((res) => res.write('first half')));
    const connection = new RawConnection(server.port);
    connection.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.closed();
    expect(connection.received).not.toContain('internal_error');
    expect(connection.received).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(lines).toMatchObject([{ level: 'error', err: { message: 'too late' } }]);
    await server.close();
  });

  it('is logged, and leaves the answer alone where that is complete', async () => {
    const all = 'all of it'.repeat(1_000_000);
    const { status, text } = await request(failing((res) => res.type('text').end(all))).get('/');
    expect([status, text === all]).toEqual([200, true]);
    expect(lines).toMatchObject([{ level: 'error', err: { message: 'too late' } }]);
  });
});

it('answers 500 where an answer cannot be written as JSON', async () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const find = () => Promise.resolve({ item: circular, version: 1 });
  const api = await testApi({ resources: [{ ...things, store: () => ({ find }) }] });
  const { status, body } = await apiClient(api).get(`${THINGS}/${UNKNOWN_ID}`);
  expect(status).toBe(500);
  expect(body.code).toBe('internal_error');
  await api.close();
});

it('knows a problem for each status of 4xx that HTTP has, and for no other', () => {
  const statuses = Object.keys(STATUS_CODES).map(Number);
  expect(problemsOfStatuses.map(({ status }) => status)).toEqual(
    statuses.filter((status) => status >= 400 && status < 500),
  );
  expect(problemsOfStatuses).toContainEqual({ status: 409, code: 'conflict', detail: 'Conflict' });
});
