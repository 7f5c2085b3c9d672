import type { RequestListener } from 'node:http';
import express, { type Request, type RequestHandler, type Response } from 'express';
import request from 'supertest';
import { anyClient, type Endpoint, endpointFactory } from '../../src/api/endpoint';
import type { Resource } from '../../src/api/resource';
import { addResources } from '../../src/api/router';
import type { Auth } from '../../src/auth/middleware';
import type { Database } from '../../src/database/database';
import { problemHandler } from '../../src/http/problem';
import { Metrics } from '../../src/observability/metrics';
import { RequestObserver } from '../../src/observability/request-observer';
import { pino } from 'pino';

/** Lets everything through, and sets the caller or does not. */
function open(caller?: Express.Request['caller']): Auth<string> {
  return {
    authenticate: () => (req, _res, next) => {
      if (caller) req.caller = caller;
      req.log = pino({ level: 'silent' });
      req.observer = new RequestObserver(new Metrics('0.0.0', []), undefined);
      next();
    },
    requireScopes: () => (_req, _res, next) => next(),
  };
}

const caller = {
  clientId: 'c',
  subject: 'c',
  scopes: new Set<string>(),
  issuedAt: undefined,
  expiresAt: 0,
  tokenId: undefined,
  username: undefined,
  groups: [],
};

const create = endpointFactory<string, unknown>()({
  method: 'POST',
  path: '/api/things',
  operationId: 'createThing',
  summary: 'Create a thing',
  scopes: ['things.write'],
  response: { status: 204, description: 'Done' },
  problems: [],
  handle: () => Promise.resolve({}),
});

function resource(...endpoints: Resource['endpoints']): Resource {
  return { name: 'things', scopes: {}, store: () => undefined, endpoints };
}

const observed = Object.create(null) as Database;
const database = { observedBy: () => observed };
const PUBLIC_URL = 'https://things.example.com';
const usage = { today: () => Promise.resolve({ requests: 1, refused: 0, limited: 0 }) };

function app(auth: Auth<string>) {
  const app = express();
  addResources(app, [resource(create)], { auth, database, usage });
  return app.use(problemHandler(() => undefined, PUBLIC_URL));
}

it('refuses two endpoints of one method and path at creation', () => {
  expect(() =>
    addResources(express(), [resource(create, create)], { auth: open(), database, usage }),
  ).toThrow(TypeError);
});

it('answers without a body where the endpoint has none', async () => {
  const { status, text } = await request(app(open(caller))).post('/api/things');
  expect([status, text]).toEqual([204, '']);
});

it('makes the store of a request on the database, for its caller', async () => {
  const store = jest.fn();
  const app = express();
  addResources(app, [{ ...resource(create), store }], { auth: open(caller), database, usage });
  expect(store).not.toHaveBeenCalled();
  await request(app).post('/api/things');
  expect(store.mock.calls).toEqual([[observed, caller]]);
});

/** Answers GET with the handler of an endpoint that differs from the usual one. */
function get(own: Partial<Endpoint>, before: RequestHandler = (_req, _res, next) => next()) {
  const app = express();
  app.use(before);
  const endpoint: Endpoint = {
    ...create,
    method: 'GET',
    response: { status: 200, description: 'Done' },
    ...own,
  };
  const auth: Auth<string> = {
    ...open(caller),
    requireScopes: () => (_req, res) => void res.status(403).end(),
  };
  addResources(app, [resource(endpoint)], { auth, database, usage });
  return request(app.use(problemHandler(() => undefined, PUBLIC_URL))).get('/api/things');
}

it('requires the scopes of an endpoint, and none of one that is open to any client', async () => {
  expect((await get({})).status).toBe(403);
  expect((await get({ scopes: anyClient })).status).toBe(200);
});

it('answers 201 where the endpoint says that it has created something', async () => {
  const handle = () => Promise.resolve({ created: true, body: {} });
  expect((await get({ scopes: anyClient, handle })).status).toBe(201);
});

it('evaluates the preconditions of a read only where it declares them', async () => {
  const handle = () => Promise.resolve({ body: {}, headers: { ETag: '"1"' } });
  const requestHeaders = { 'If-None-Match': 'A tag' };
  const conditional = () => get({ scopes: anyClient, handle, requestHeaders });
  expect((await conditional().set('If-None-Match', '"1"')).status).toBe(304);
  expect((await conditional().set('If-Match', '"2"')).status).toBe(412);
  const plain = () => get({ scopes: anyClient, handle });
  expect((await plain().set('If-None-Match', '"1"')).status).toBe(200);
  expect((await plain().set('If-Match', '"2"')).status).toBe(200);
});

it('gives a handler the caller, its client, and the id and the log of the request', async () => {
  const client = { id: 'c', name: 'acme', limits: { requestsPerSecond: 1, burst: 1, requestsPerDay: 0 } };
  const info = jest.fn();
  const seen = jest.fn();
  await get(
    {
      scopes: anyClient,
      handle: ({ caller, client, requestId, log, headers }) => {
        seen({ caller, client, requestId, accept: headers.accept });
        log.info('handled');
        return Promise.resolve({});
      },
    },
    (req, _res, next) => {
      Object.assign(req, { admittedClient: client, id: 'an-id' });
      // Where `authenticate` sets the log of the tests.
      Object.defineProperty(req, 'log', { get: () => ({ info }), set: () => undefined });
      next();
    },
  ).set('Accept', 'text/plain');
  expect(seen.mock.calls).toEqual([[{ caller, client, requestId: 'an-id', accept: 'text/plain' }]]);
  expect(info.mock.calls).toEqual([['handled']]);
});

it('answers 500 where a handler looks at a client that was not looked up', async () => {
  const handle: Endpoint['handle'] = ({ client }) => Promise.resolve({ body: { name: client.name } });
  expect((await get({ scopes: anyClient, handle })).status).toBe(500);
});

it('offers HEAD only where it offers GET', async () => {
  const { status, headers } = await request(app(open(caller))).get('/api/things');
  expect([status, headers['allow']]).toEqual([405, 'POST']);
});

it('leaves an answer alone that was given while the handler worked', async () => {
  const late: Endpoint = {
    ...create,
    method: 'GET',
    response: { status: 200, description: 'Done' },
    handle: () => Promise.resolve({ headers: { ETag: '"1"' } }),
  };
  const app = express();
  let failed: unknown;
  app.use((_req, res, next) => {
    res.status(503).end('in time');
    next();
  });
  addResources(app, [resource(late)], { auth: open(caller), database, usage });
  const listener = (req: Request, res: Response) => {
    app(req, res, (error: unknown) => (failed = error));
  };
  expect(await request(listener as RequestListener).get('/api/things')).toMatchObject({
    status: 503,
    text: 'in time',
  });
  expect(failed).toBeUndefined();
});

it('answers 500 to a request that was not authenticated', async () => {
  expect((await request(app(open())).post('/api/things')).status).toBe(500);
});
