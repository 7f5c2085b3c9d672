import request, { type Response } from 'supertest';
import type { Endpoint } from '../../src/api/endpoint';
import { allEndpoints } from '../../src/api/endpoints';
import type { UserStore } from '../../src/api/users/store';
import { DatabaseUnavailableError } from '../../src/database/errors';
import { testApi, type TestApi } from '../support/api';
import { DescribedAnswers } from '../support/described-answers';
import { memoryUserStore } from '../support/memory-user-store';

/** What every handler throws, while it is set. */
let mockFault: Error | undefined;

jest.mock('../../src/api/endpoints', () => {
  const actual = jest.requireActual<typeof import('../../src/api/endpoints')>('../../src/api/endpoints');
  const failing = (endpoint: Endpoint): Endpoint => ({
    ...endpoint,
    handle: async (given) => {
      if (mockFault) throw mockFault;
      return endpoint.handle(given);
    },
  });
  return { allEndpoints: (stores: never) => actual.allEndpoints(stores).map(failing) };
});

let users: UserStore;
/** The store of the situation, whichever that is. */
const usersOfNow = new Proxy({} as UserStore, {
  get: (_, name) => Reflect.get(users, name) as unknown,
});
const endpoints = allEndpoints({ users: usersOfNow });

let api: TestApi;
let apiWithoutKeys: TestApi;
let described: DescribedAnswers;

beforeAll(async () => {
  api = await testApi({ stores: { users: usersOfNow } });
  apiWithoutKeys = await testApi({ jwksAnswer: (_req, res) => res.writeHead(503).end() });
  const { body } = await request(api.app).get('/openapi.json');
  described = new DescribedAnswers(body as object);
});

beforeEach(() => {
  users = memoryUserStore();
  mockFault = undefined;
});

afterAll(async () => {
  await api.close();
  await apiWithoutKeys.close();
});

interface Call {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly mediaType?: string;
  readonly of?: TestApi;
}

/** Calls an endpoint as its declaration says, but for what is given. */
async function call(endpoint: Endpoint, { path, headers, body, mediaType, of = api }: Call = {}) {
  const method = endpoint.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
  const begun = request(of.app)[method](path ?? examplePath(endpoint));
  const sent = begun.set({ Authorization: `Bearer ${api.pool.tokenWith(...endpoint.scopes)}`, ...headers });
  if (!endpoint.body) return sent;
  const text = body ?? JSON.stringify(endpoint.body.example);
  return sent
    .type(mediaType ?? endpoint.body.mediaTypes[0])
    .serialize((given) => given as string)
    .send(text);
}

function examplePath({ path, pathExample = {} }: Endpoint): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(pathExample[name]!));
}

/** The path of something that is there: made by the POST of its collection, where there is one. */
async function existing(endpoint: Endpoint, change: object = {}): Promise<string> {
  const collection = endpoint.path.replace(/\/\{\w+\}$/, '');
  const maker = endpoints.find(({ method, path }) => method === 'POST' && path === collection);
  if (!maker?.body || collection === endpoint.path) return examplePath(endpoint);
  const body = JSON.stringify({ ...(maker.body.example as object), ...change });
  return (await call(maker, { body })).headers['location']!;
}

interface Situation {
  readonly title: string;
  readonly status: number;
  readonly code?: string;
  readonly provoke: (endpoint: Endpoint) => Promise<Response>;
}

function withAuthorization(authorization: (api: TestApi) => string) {
  return (endpoint: Endpoint) => call(endpoint, { headers: { Authorization: authorization(api) } });
}

async function whileFailing(fault: Error, endpoint: Endpoint): Promise<Response> {
  mockFault = fault;
  return call(endpoint);
}

const ofEveryEndpoint: readonly Situation[] = [
  {
    title: 'two tokens',
    status: 400,
    code: 'invalid_request',
    provoke: withAuthorization(() => 'Bearer one two'),
  },
  { title: 'no token', status: 401, code: 'missing_token', provoke: withAuthorization(() => '') },
  {
    title: 'a token that is none',
    status: 401,
    code: 'invalid_token',
    provoke: withAuthorization(() => 'Bearer x.y.z'),
  },
  {
    title: 'an old token',
    status: 401,
    code: 'token_expired',
    provoke: withAuthorization(({ pool }) => `Bearer ${pool.token({ claims: { exp: 1 } })}`),
  },
  {
    title: 'a token without scopes',
    status: 403,
    code: 'insufficient_scope',
    provoke: withAuthorization(({ pool }) => `Bearer ${pool.tokenWith()}`),
  },
  {
    title: 'a fault of the service',
    status: 500,
    code: 'internal_error',
    provoke: (endpoint) => whileFailing(new Error('a fault'), endpoint),
  },
  {
    title: 'no database',
    status: 503,
    code: 'database_unavailable',
    provoke: (endpoint) => whileFailing(new DatabaseUnavailableError(), endpoint),
  },
  {
    title: 'no keys',
    status: 503,
    code: 'keys_unavailable',
    provoke: (endpoint) => call(endpoint, { of: apiWithoutKeys }),
  },
];

const ofAQuery: readonly Situation[] = [
  {
    title: 'every query parameter twice',
    status: 400,
    code: 'invalid_query',
    provoke: (endpoint) => {
      const twice = Object.keys(endpoint.query!.shape).map((name) => `${name}=a&${name}=b`);
      return call(endpoint, { path: `${examplePath(endpoint)}?${twice.join('&')}` });
    },
  },
];

const ofABody: readonly Situation[] = [
  {
    title: 'half a body',
    status: 400,
    code: 'malformed_body',
    provoke: (endpoint) => call(endpoint, { body: '{' }),
  },
  {
    title: 'a large body',
    status: 413,
    code: 'body_too_large',
    provoke: (endpoint) => call(endpoint, { body: JSON.stringify('x'.repeat(200_000)) }),
  },
  {
    title: 'a body of another type',
    status: 415,
    code: 'unsupported_media_type',
    provoke: (endpoint) => call(endpoint, { mediaType: 'text/plain' }),
  },
  {
    title: 'a body with 30 unknown members',
    status: 422,
    code: 'invalid_body',
    provoke: (endpoint) => {
      const members = Array.from({ length: 30 }, (_, index) => [`no such member/~${index}`, index]);
      return call(endpoint, { body: JSON.stringify(Object.fromEntries(members)) });
    },
  },
];

const ofAnEntityTag: readonly Situation[] = [
  {
    title: 'a version that the caller has',
    status: 304,
    provoke: async (endpoint) =>
      call(endpoint, { path: await existing(endpoint), headers: { 'If-None-Match': '*' } }),
  },
  {
    title: 'a version that there is not',
    status: 412,
    code: 'precondition_failed',
    provoke: async (endpoint) =>
      call(endpoint, { path: await existing(endpoint), headers: { 'If-Match': '"999999"' } }),
  },
];

/** How to bring about each problem that an endpoint declares of its own, by code. */
const ownProblems: Readonly<Record<string, Situation['provoke']>> = {
  user_not_found: (endpoint) => call(endpoint),
  version_mismatch: async (endpoint) =>
    call(endpoint, { path: await existing(endpoint), headers: { 'If-Match': '"999999"' } }),
  email_taken: async (endpoint) => {
    const email = 'taken@example.com';
    await users.create({ email, name: 'First' });
    const body = JSON.stringify({ ...(endpoint.body!.example as object), email });
    return call(endpoint, { path: await existing(endpoint), body });
  },
};

/** Successes that differ from the usual one, by operation: those whose headers are not always there. */
const otherSuccesses: Readonly<Record<string, Situation['provoke']>> = {
  listUsers: async (endpoint) => {
    for (const name of ['one', 'two']) await users.create({ email: `${name}@example.com`, name });
    return call(endpoint, { path: `${endpoint.path}?limit=1` });
  },
};

function situationsOf(endpoint: Endpoint): Situation[] {
  const { status } = endpoint.response;
  const success = async (mediaType?: string) =>
    call(endpoint, { path: await existing(endpoint), ...(mediaType && { mediaType }) });
  const other = otherSuccesses[endpoint.operationId];
  return [
    { title: 'a request as declared', status, provoke: () => success() },
    ...(endpoint.body?.mediaTypes ?? []).map((mediaType) => ({
      title: `a body of type ${mediaType}`,
      status,
      provoke: () => success(mediaType),
    })),
    ...(other ? [{ title: 'a request whose answer has every header', status, provoke: other }] : []),
    ...(endpoint.requestHeaders?.['If-None-Match'] === undefined ? [] : ofAnEntityTag),
    ...ofEveryEndpoint,
    ...(endpoint.query ? ofAQuery : []),
    ...(endpoint.body ? ofABody : []),
    ...endpoint.problems.map(({ status, code }) => ({
      title: `what is ${code}`,
      status,
      code,
      provoke: ownProblems[code] ?? notProvoked(code),
    })),
  ];
}

function notProvoked(code: string): Situation['provoke'] {
  return () => Promise.reject(new Error(`ownProblems does not say how to bring about ${code}`));
}

describe.each(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
  '%s',
  (_, endpoint) => {
    const { path, method } = endpoint;
    const situations = situationsOf(endpoint);

    it.each(situations)('answers $title with $status, as described', async ({ status, code, provoke }) => {
      const answer = await provoke(endpoint);
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
      expect(described.faults(path, method, answer)).toEqual([]);
    });

    it('describes no status and no header that it never answers with', async () => {
      const seen: Partial<Record<string, Set<string>>> = {};
      for (const { provoke } of situations) {
        users = memoryUserStore();
        mockFault = undefined;
        const { status, headers } = await provoke(endpoint);
        for (const name of Object.keys(headers)) (seen[status] ??= new Set()).add(name);
      }
      const unseen = Object.entries(described.responses(path, method)).flatMap(([status, { headers = {} }]) =>
        [...Object.keys(headers), 'X-Request-Id']
          .filter((name) => !seen[status]?.has(name.toLowerCase()))
          .map((name) => `${status} ${name}`),
      );
      expect(unseen).toEqual([]);
    });

    it('describes the bodies that it takes', () => {
      for (const mediaType of endpoint.body?.mediaTypes ?? [])
        expect(described.requestFaults(path, method, mediaType, endpoint.body!.example)).toEqual([]);
    });
  },
);

describe('the description', () => {
  it.each([
    ['an unknown path', 404, 'GET', '/api/v1/nothing'],
    ['an unknown method', 405, 'PUT', '/api/v1/users'],
    ['a path beside the API', 404, 'GET', '/nothing'],
  ] as const)('has the form of the answer to %s too', async (_, status, method, path) => {
    const sent = request(api.app)[method.toLowerCase() as 'get' | 'put'](path);
    const answer = await sent.set('Authorization', `Bearer ${api.pool.token()}`);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(described.componentFaults('Problem', answer.body)).toEqual([]);
  });

  it('is found wrong where an answer is not as it says', async () => {
    const { body, headers, text } = await request(api.app).get('/api/v1/users');
    const answer = {
      status: 503,
      headers: { ...headers, etag: '"1"' },
      body: { ...body, status: '503' },
      text,
    };
    expect(described.faults('/api/v1/users', 'GET', answer)).toEqual(
      expect.arrayContaining(['etag is not described', 'body/status: must be integer']),
    );
    expect(described.faults('/api/v1/users', 'GET', { ...answer, status: 418 })).toEqual([
      'status 418 is not described',
    ]);
  });
});
