import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ApiError, type User, UsersApi } from '../src/users-api.js';
import { serve, type TestServer } from './server.js';

const users: User[] = Array.from({ length: 5 }, (_, index) => ({
  id: `01990000-0000-7000-8000-00000000000${index}`,
  email: `user-${index}@example.com`,
  name: 'A user',
  createdAt: '2026-11-21T10:00:00.000Z',
  updatedAt: '2026-11-21T10:00:00.000Z',
}));

describe('the users of the API', () => {
  let server: TestServer;
  let api: UsersApi;
  let requests: string[];
  /** The problem that is answered in place of everything else. */
  let problem: object | undefined;

  before(async () => {
    server = await serve((req, res) => {
      requests.push(`${req.method} ${req.url}`);
      if (problem) {
        res.writeHead(422, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify(problem));
        return;
      }
      const { searchParams } = new URL(req.url ?? '', server.url);
      const first = Number(searchParams.get('cursor') ?? 0);
      const after = first + Number(searchParams.get('limit'));
      const page = { data: users.slice(first, after), next: after < users.length ? String(after) : null };
      res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(page));
    });
    const settings = { apiUrl: server.url, tokenUrl: '', clientId: '', clientSecret: '', scopes: [] };
    api = new UsersApi(settings, (request) => fetch(request));
  });

  after(() => server.close());

  beforeEach(() => {
    requests = [];
    problem = undefined;
  });

  it('come one after the other, from as many pages as there are', async () => {
    const listed: User[] = [];
    for await (const user of api.list({ pageSize: 2 })) listed.push(user);
    assert.deepEqual(listed, users);
    assert.deepEqual(requests, [
      'GET /api/v1/users?limit=2',
      'GET /api/v1/users?limit=2&cursor=2',
      'GET /api/v1/users?limit=2&cursor=4',
    ]);
  });

  it('are fetched no further than somebody looks', async () => {
    for await (const { email } of api.list({ pageSize: 2 })) if (email === users[1]?.email) break;
    assert.equal(requests.length, 1);
  });

  it('are refused with the problem that the API names', async () => {
    problem = {
      type: 'about:blank',
      title: 'Unprocessable Content',
      status: 422,
      detail: 'The request body does not fit its schema',
      code: 'invalid_body',
      requestId: '7',
      errors: [{ pointer: '#/email', detail: 'expected an e-mail address' }],
    };
    await assert.rejects(api.create({ email: 'x', name: 'X' }), (error) => {
      assert(error instanceof ApiError);
      assert.equal(error.problem.code, 'invalid_body');
      assert.match(error.message, /422 invalid_body.*request 7.*\n {2}#\/email expected/);
      return true;
    });
  });
});
