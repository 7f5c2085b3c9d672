import type { RequestListener } from 'node:http';
import express, { type Request, type Response } from 'express';
import request from 'supertest';
import { type Endpoint, endpointFactory } from '../../src/api/endpoint';
import type { Resource } from '../../src/api/resource';
import { addResources } from '../../src/api/router';
import type { Auth } from '../../src/auth/middleware';
import type { Database } from '../../src/database/database';
import { problemHandler } from '../../src/http/problem';
import { pino } from 'pino';

/** Lets everything through, and sets the caller or does not. */
function open(caller?: Express.Request['caller']): Auth<string> {
  return {
    authenticate: () => (req, _res, next) => {
      if (caller) req.caller = caller;
      req.log = pino({ level: 'silent' });
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

const database = undefined as unknown as Database;

function app(auth: Auth<string>) {
  const app = express();
  addResources(app, [resource(create)], { auth, database });
  return app.use(problemHandler(() => undefined));
}

it('refuses two endpoints of one method and path at creation', () => {
  expect(() => addResources(express(), [resource(create, create)], { auth: open(), database })).toThrow(
    TypeError,
  );
});

it('answers without a body where the endpoint has none', async () => {
  const { status, text } = await request(app(open(caller))).post('/api/things');
  expect([status, text]).toEqual([204, '']);
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
  addResources(app, [resource(late)], { auth: open(caller), database });
  const listener = (req: Request, res: Response) => {
    app(req, res, (error: unknown) => (failed = error));
  };
  expect(await request(listener as RequestListener).get('/api/things')).toMatchObject({
    status: 503,
    text: 'in time',
  });
  expect(failed).toBeUndefined();
});

it('answers 500 to a request that nobody authenticated', async () => {
  expect((await request(app(open())).post('/api/things')).status).toBe(500);
});
