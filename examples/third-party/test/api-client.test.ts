import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { components } from '../src/api.js';
import { createApiClient, dataOf, itemsOf } from '../src/api-client.js';
import { ApiError, ClientRefusedError, InvalidDataError, OutcomeUnknownError } from '../src/api-error.js';
import { serve, type TestServer } from './server.js';

interface Thing {
  readonly id: string;
  readonly label: string;
}

/** An API as openapi-typescript describes one. */
interface Paths {
  '/api/v1/things': {
    get: {
      parameters: { query?: { limit?: number; cursor?: string } };
      responses: { 200: Json<{ data: Thing[]; next: string | null }>; 422: ProblemJson };
    };
    post: {
      requestBody: Json<Pick<Thing, 'label'>>;
      responses: { 201: Json<Thing>; 422: ProblemJson };
    };
  };
}
interface Json<Body> {
  content: { 'application/json': Body };
}
interface ProblemJson {
  content: { 'application/problem+json': components['schemas']['Problem'] };
}

const things: Thing[] = Array.from({ length: 5 }, (_, index) => ({
  id: String(index),
  label: `Thing ${index}`,
}));

describe('a client of the API', () => {
  let server: TestServer;
  let api: ReturnType<typeof createApiClient<Paths>>;
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
      const page = { data: things.slice(first, after), next: after < things.length ? String(after) : null };
      res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(page));
    });
    const settings = { apiUrl: server.url, tokenUrl: '', clientId: '', clientSecret: '', scopes: [] };
    api = createApiClient<Paths>(settings, (request) => fetch(request));
  });

  after(() => server.close());

  beforeEach(() => {
    requests = [];
    problem = undefined;
  });

  const listed = () =>
    itemsOf((cursor) => dataOf(api.GET('/api/v1/things', { params: { query: { limit: 2, ...cursor } } })));

  it('gives the items of a list one after the other, from as many pages as there are', async () => {
    const items: Thing[] = [];
    for await (const thing of listed()) items.push(thing);
    assert.deepEqual(items, things);
    assert.deepEqual(requests, [
      'GET /api/v1/things?limit=2',
      'GET /api/v1/things?limit=2&cursor=2',
      'GET /api/v1/things?limit=2&cursor=4',
    ]);
  });

  it('fetches no page that the loop does not reach', async () => {
    for await (const { id } of listed()) if (id === things[1]?.id) break;
    assert.equal(requests.length, 1);
  });

  it('throws the problem that the API names', async () => {
    problem = {
      type: 'https://api.example.com/docs/errors/invalid_body',
      title: 'Invalid body',
      status: 422,
      detail: 'The request body does not fit its schema',
      code: 'invalid_body',
      requestId: '7',
      errors: [{ pointer: '#/label', detail: 'expected a text' }],
    };
    await assert.rejects(dataOf(api.POST('/api/v1/things', { body: { label: '' } })), (error) => {
      assert(error instanceof InvalidDataError);
      assert.equal(error.code, 'invalid_body');
      assert.equal(error.errors[0]?.pointer, '#/label');
      assert.match(error.message, /422 invalid_body.*request 7.*\n {2}#\/label expected/);
      return true;
    });
  });

  for (const [code, type] of [
    ['client_disabled', ClientRefusedError],
    ['client_not_allowed', ClientRefusedError],
    ['outcome_unknown', OutcomeUnknownError],
    ['a_code_of_the_future', ApiError],
  ] as const) {
    it(`throws an error of the class of ${code}`, async () => {
      problem = { status: 422, code, detail: 'x', title: 'x', type: 'x', requestId: '7' };
      await assert.rejects(
        dataOf(api.POST('/api/v1/things', { body: { label: 'x' } })),
        (error) => error?.constructor === type,
      );
    });
  }
});
