import request, { type Response } from 'supertest';
import {
  anyClient,
  type Endpoint,
  isConditional,
  scopesOf,
  takesPreconditions,
} from '../../src/api/endpoint';
import type { Resource } from '../../src/api/resource';
import { DatabaseUnavailableError, OutcomeUnknownError } from '../../src/database/errors';
import { testApi, type TestApi } from './api';
import { examplePath } from './authorization-matrix';
import { DescribedAnswers } from './described-answers';
import { emptyTables } from './test-database';

/** How a call differs from what its endpoint declares. */
interface Call {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly mediaType?: string;
}

/** Makes an endpoint answer in a certain way. */
export type Provoke = (endpoint: Endpoint, calls: EndpointCalls) => Promise<Response>;

/** How to provoke the answers of a resource that do not follow from its declarations. */
export interface Provocations {
  /** Each problem that its endpoints declare, by code; those of a path parameter follow from its example. */
  readonly problems: Readonly<Record<string, Provoke>>;
  /** Successes with headers that the usual one lacks, by operation; for a list, what makes a second page, if not two POSTs. */
  readonly successes?: Readonly<Record<string, Provoke>>;
}

/** Calls endpoints of an API as they are declared. */
export class EndpointCalls {
  readonly #api: TestApi;

  constructor(api: TestApi) {
    this.#api = api;
  }

  /** Calls an endpoint as its declaration says, but for what is given. */
  async call(endpoint: Endpoint, { path, headers, body, mediaType }: Call = {}): Promise<Response> {
    const { app, pool } = this.#api;
    const method = endpoint.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    const begun = request(app)[method](path ?? examplePath(endpoint));
    const sent = begun.set({ Authorization: `Bearer ${pool.tokenWith(...scopesOf(endpoint))}`, ...headers });
    if (!endpoint.body) return sent;
    const text = body ?? JSON.stringify(endpoint.body.example);
    return sent
      .type(mediaType ?? endpoint.body.mediaTypes[0])
      .serialize((given) => given as string)
      .send(text);
  }

  /**
   * The path of an item that exists, or of something below it: of one that the POST of its list has created or, where
   * there is none, its own PUT.
   *
   * @param change members of the created item that differ from the example of its creation
   */
  async existing(endpoint: Endpoint, change: object = {}): Promise<string> {
    const item = endpoint.path.slice(0, endpoint.path.lastIndexOf('}') + 1);
    const creators = this.#api.resources.flatMap(({ endpoints }) => endpoints);
    const post = creators.find(({ method, path }) => method === 'POST' && `${path}/{id}` === item);
    const put = creators.find(({ method, path }) => method === 'PUT' && path === item);
    const creator = post ?? put;
    if (!creator?.body) return examplePath(endpoint);
    const body = JSON.stringify({ ...(creator.body.example as object), ...change });
    const { headers } = await this.call(creator, { body });
    return post ? headers['location']! + endpoint.path.slice(item.length) : examplePath(endpoint);
  }
}

/** Where a request was refused before its client is known, there are no limits to show, though they may be described. */
const STATUSES_BEFORE_ADMISSION = ['400', '401'];

/** One way to call an endpoint, and the answer that must follow. */
interface Situation {
  readonly title: string;
  readonly status: number;
  readonly code?: string;
  readonly provoke: Provoke;
}

/**
 * Tests that every endpoint of these resources answers as the API description says, and that the description has no answer
 * that it never gives.
 *
 * @param provocations of each resource, by its name
 */
export function describeDescribedEndpoints(
  resources: readonly Resource[],
  provocations: Readonly<Record<string, Provocations>>,
): void {
  /** What every handler throws, while it is set. */
  let fault: Error | undefined;
  /** What every handler waits for, while it is set. */
  let whenHandled: (() => Promise<void>) | undefined;
  let api: TestApi;
  let apiWithoutKeys: TestApi;
  let apiWithoutRegistry: TestApi;
  let apiWithAQuota: TestApi;
  let calls: EndpointCalls;
  let described: DescribedAnswers;

  function failing(resource: Resource): Resource {
    const endpoints = resource.endpoints.map((endpoint) => ({
      ...endpoint,
      handle: async (given: Parameters<Endpoint['handle']>[0]) => {
        if (fault) throw fault;
        await whenHandled?.();
        return endpoint.handle(given);
      },
    }));
    return { ...resource, endpoints };
  }

  beforeAll(async () => {
    api = await testApi({ resources: resources.map(failing) });
    apiWithoutKeys = await testApi({ resources, jwksAnswer: (_req, res) => res.writeHead(503).end() });
    apiWithoutRegistry = await testApi({ resources, withoutRegistry: true });
    apiWithAQuota = await testApi({ resources, environment: { RATE_LIMIT_PER_DAY: '1' } });
    calls = new EndpointCalls(api);
    const { body } = await request(api.app).get('/openapi.json');
    described = new DescribedAnswers(body as object);
  });

  async function reset(): Promise<void> {
    fault = undefined;
    await emptyTables(api.database);
  }

  beforeEach(reset);

  afterAll(async () => {
    await api.close();
    await apiWithoutKeys.close();
    await apiWithoutRegistry.close();
    await apiWithAQuota.close();
  });

  function withAuthorization(authorization: (api: TestApi) => string): Provoke {
    return (endpoint) => calls.call(endpoint, { headers: { Authorization: authorization(api) } });
  }

  function whileFailing(error: Error): Provoke {
    return (endpoint) => {
      fault = error;
      return calls.call(endpoint);
    };
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
      title: 'a query parameter that does not exist',
      status: 400,
      code: 'invalid_query',
      provoke: (endpoint) => calls.call(endpoint, { path: `${examplePath(endpoint)}?emial=x` }),
    },
    {
      title: 'a fault of the service',
      status: 500,
      code: 'internal_error',
      provoke: whileFailing(new Error('a fault')),
    },
    {
      title: 'no database',
      status: 503,
      code: 'database_unavailable',
      provoke: whileFailing(new DatabaseUnavailableError()),
    },
    {
      title: 'more requests than the client may send',
      status: 429,
      code: 'rate_limit_exceeded',
      provoke: async (endpoint) => {
        const limited = new EndpointCalls(apiWithAQuota);
        await limited.call(endpoint);
        return limited.call(endpoint);
      },
    },
    {
      title: 'no keys',
      status: 503,
      code: 'keys_unavailable',
      provoke: (endpoint) => new EndpointCalls(apiWithoutKeys).call(endpoint),
    },
    {
      title: 'no client registry',
      status: 503,
      code: 'clients_unavailable',
      provoke: (endpoint) => new EndpointCalls(apiWithoutRegistry).call(endpoint),
    },
  ];

  const ofScopes: readonly Situation[] = [
    {
      title: 'a token without scopes',
      status: 403,
      code: 'insufficient_scope',
      provoke: withAuthorization(({ pool }) => `Bearer ${pool.tokenWith()}`),
    },
  ];

  const ofAChange: readonly Situation[] = [
    {
      title: 'a lost answer of the database',
      status: 503,
      code: 'outcome_unknown',
      provoke: whileFailing(new OutcomeUnknownError()),
    },
  ];

  const ofPreconditions: readonly Situation[] = [
    {
      title: 'an entity tag without quotes',
      status: 400,
      code: 'invalid_header',
      provoke: (endpoint) => calls.call(endpoint, { headers: { 'If-Match': '1' } }),
    },
  ];

  const ofAQuery: readonly Situation[] = [
    {
      title: 'every query parameter twice',
      status: 400,
      code: 'invalid_query',
      provoke: (endpoint) => {
        const twice = Object.keys(endpoint.query!.shape).map((name) => `${name}=a&${name}=b`);
        return calls.call(endpoint, { path: `${examplePath(endpoint)}?${twice.join('&')}` });
      },
    },
  ];

  const ofABody: readonly Situation[] = [
    {
      title: 'half a body',
      status: 400,
      code: 'malformed_body',
      provoke: (endpoint) => calls.call(endpoint, { body: '{' }),
    },
    {
      title: 'a large body',
      status: 413,
      code: 'body_too_large',
      provoke: (endpoint) => calls.call(endpoint, { body: JSON.stringify('x'.repeat(200_000)) }),
    },
    {
      title: 'a body of another type',
      status: 415,
      code: 'unsupported_media_type',
      provoke: (endpoint) => calls.call(endpoint, { mediaType: 'text/plain' }),
    },
    {
      title: 'a body with 30 unknown members',
      status: 422,
      code: 'invalid_body',
      provoke: (endpoint) => {
        const members = Array.from({ length: 30 }, (_, index) => [`no such member/~${index}`, index]);
        return calls.call(endpoint, { body: JSON.stringify(Object.fromEntries(members)) });
      },
    },
  ];

  const ofACreation: readonly Situation[] = [
    { title: 'an item that does not exist', status: 201, provoke: (endpoint) => calls.call(endpoint) },
  ];

  const key = { 'Idempotency-Key': 'a-key' };
  const ofAnIdempotencyKey: readonly Situation[] = [
    {
      title: 'a key with a space',
      status: 400,
      code: 'invalid_idempotency_key',
      provoke: (endpoint) => calls.call(endpoint, { headers: { 'Idempotency-Key': 'a key' } }),
    },
    {
      title: 'a key that another request is using',
      status: 409,
      code: 'idempotency_key_in_use',
      provoke: async (endpoint) => {
        let first: Promise<Response> | undefined;
        const second = new Promise<Response>((resolve, reject) => {
          whenHandled = async () => {
            whenHandled = undefined;
            await calls.call(endpoint, { headers: key }).then(resolve, reject);
          };
          first = calls.call(endpoint, { headers: key });
        });
        await first;
        return second;
      },
    },
    {
      title: 'the key of another request',
      status: 422,
      code: 'idempotency_key_reused',
      provoke: async (endpoint) => {
        await calls.call(endpoint, { headers: key });
        return calls.call(endpoint, { headers: key, body: ` ${JSON.stringify(endpoint.body?.example)}` });
      },
    },
  ];

  /** The answer to a repetition. */
  const replay: Provoke = async (endpoint) => {
    await calls.call(endpoint, { headers: key });
    return calls.call(endpoint, { headers: key });
  };

  const ofAnEntityTag: readonly Situation[] = [
    {
      title: 'a version that the caller has',
      status: 304,
      provoke: async (endpoint) =>
        calls.call(endpoint, { path: await calls.existing(endpoint), headers: { 'If-None-Match': '*' } }),
    },
    {
      title: 'a version that does not exist',
      status: 412,
      code: 'precondition_failed',
      provoke: async (endpoint) =>
        calls.call(endpoint, { path: await calls.existing(endpoint), headers: { 'If-Match': '"999999"' } }),
    },
  ];

  const sharedProblems: Readonly<Record<string, Provoke>> = {
    version_mismatch: async (endpoint) =>
      calls.call(endpoint, { path: await calls.existing(endpoint), headers: { 'If-Match': '"999999"' } }),
  };

  /** The first of two pages, if items can be created by the example of a POST. */
  const firstOfTwoPages: Provoke = async (endpoint) => {
    for (let items = 0; items < 2; items += 1)
      await calls.existing({ ...endpoint, path: `${endpoint.path as '/api/'}/{id}` });
    return calls.call(endpoint, { path: `${endpoint.path}?limit=1` });
  };

  function situationsOf(endpoint: Endpoint, own: Provocations): Situation[] {
    const { status } = endpoint.response;
    const success = async (mediaType?: string) =>
      calls.call(endpoint, { path: await calls.existing(endpoint), ...(mediaType && { mediaType }) });
    const isList = endpoint.response.headers?.['Link'] !== undefined;
    const other = own.successes?.[endpoint.operationId] ?? (isList ? firstOfTwoPages : undefined);
    const problemsOfPath = Object.values(endpoint.params ?? {}).map(({ problem }) => problem.code);
    return [
      { title: 'a request as declared', status, provoke: () => success() },
      ...(endpoint.body?.mediaTypes ?? []).map((mediaType) => ({
        title: `a body of type ${mediaType}`,
        status,
        provoke: () => success(mediaType),
      })),
      ...(other ? [{ title: 'a request whose answer has every header', status, provoke: other }] : []),
      ...(endpoint.response.created === undefined ? [] : ofACreation),
      ...(endpoint.acceptsIdempotencyKey
        ? [{ title: 'a repetition', status, provoke: replay }, ...ofAnIdempotencyKey]
        : []),
      ...(isConditional(endpoint) ? ofAnEntityTag : []),
      ...ofEveryEndpoint,
      ...(endpoint.scopes === anyClient ? [] : ofScopes),
      ...(endpoint.method === 'GET' ? [] : ofAChange),
      ...(takesPreconditions(endpoint) ? ofPreconditions : []),
      ...(endpoint.query ? ofAQuery : []),
      ...(endpoint.body ? ofABody : []),
      ...endpoint.problems.map(({ status, code }) => ({
        title: `what is ${code}`,
        status,
        code,
        provoke:
          own.problems[code] ??
          sharedProblems[code] ??
          (problemsOfPath.includes(code) ? (called) => calls.call(called) : notProvoked(code)),
      })),
    ];
  }

  function notProvoked(code: string): Provoke {
    return () =>
      Promise.reject(new Error(`no provocation for ${code}; add it to provocations.ts of its resource`));
  }

  const endpoints = resources.flatMap((resource) =>
    resource.endpoints.map((endpoint) => ({
      title: `${endpoint.method} ${endpoint.path}`,
      endpoint,
      situations: situationsOf(endpoint, provocations[resource.name] ?? { problems: {} }),
    })),
  );

  describe.each(endpoints)('$title', ({ endpoint, situations }) => {
    const { path, method } = endpoint;

    it.each(situations)('answers $title with $status, as described', async ({ status, code, provoke }) => {
      const answer = await provoke(endpoint, calls);
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
      expect(described.faults(path, method, answer)).toEqual([]);
    });

    it('describes no status and no header that it never answers with', async () => {
      const seen: Partial<Record<string, Set<string>>> = {};
      for (const { provoke } of situations) {
        await reset();
        const { status, headers } = await provoke(endpoint, calls);
        for (const name of Object.keys(headers)) (seen[status] ??= new Set()).add(name);
      }
      const isOptional = (status: string, name: string) =>
        name.startsWith('RateLimit') && STATUSES_BEFORE_ADMISSION.includes(status);
      const unseen = Object.entries(described.responses(path, method)).flatMap(([status, { headers = {} }]) =>
        [...Object.keys(headers), 'X-Request-Id']
          .filter((name) => !seen[status]?.has(name.toLowerCase()) && !isOptional(status, name))
          .map((name) => `${status} ${name}`),
      );
      expect(unseen).toEqual([]);
    });

    it('describes the bodies that it takes', () => {
      for (const mediaType of endpoint.body?.mediaTypes ?? [])
        expect(described.requestFaults(path, method, mediaType, endpoint.body!.example)).toEqual([]);
    });
  });
}
