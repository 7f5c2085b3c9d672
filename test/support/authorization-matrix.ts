import request, { type Response } from 'supertest';
import { anyClient, type Endpoint, scopesOf } from '../../src/api/endpoint';
import type { Resource } from '../../src/api/resource';
import { scopeCatalogue } from '../../src/api/scopes';
import { problemTitle } from '../../src/http/problem';
import { testApi, type TestApi } from './api';
import { challengeParameters, DESCRIPTION, REALM_AND_METADATA } from './challenge';
import { registerClient } from './registered-client';
import { listen, type RawAnswer, send as sendRaw, type TestServer } from './raw-http';
import { until } from './until';
import { IDENTIFIER, LISTED_CLIENT_ID, qualified, signingKey, UserPool } from './user-pool';

/** The path of an endpoint, with the examples of its parameters. */
export function examplePath({ path, params = {} }: Pick<Endpoint, 'path' | 'params'>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name]!.example));
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Beside the realm and the metadata. */
  readonly challenge: Readonly<Record<string, unknown>>;
}

interface Credentials {
  readonly title: string;
  readonly token: (pool: UserPool) => string | undefined;
  readonly refusal: Refusal | undefined;
}

function invalidToken(code: string): Refusal {
  return { status: 401, code, challenge: { error: 'invalid_token', error_description: DESCRIPTION } };
}

const missingToken: Refusal = { status: 401, code: 'missing_token', challenge: {} };

function unlessEnough(endpoint: Endpoint, held: readonly string[]): Refusal | undefined {
  const required = scopesOf(endpoint);
  if (required.every((scope) => held.includes(scope))) return undefined;
  const challenge = {
    error: 'insufficient_scope',
    error_description: DESCRIPTION,
    scope: qualified(required),
  };
  return { status: 403, code: 'insufficient_scope', challenge };
}

const NOW = 1_790_000_000;
/** Clients of the registry, by what is peculiar to them. */
const registered = {
  enabled: { id: '3registered' },
  disabled: { id: '4disabled', enabled: false },
  listedAndDisabled: { id: LISTED_CLIENT_ID, enabled: false },
  deleted: { id: '5deleted', deleted: true },
  revoked: { id: '6revoked', tokensValidFrom: NOW - 30 },
};
const foreignPool = new UserPool('eu-central-1_Foreign01');
const impostor = signingKey();

function credentialsFor(endpoint: Endpoint, catalogue: readonly string[]): Credentials[] {
  const required = scopesOf(endpoint);
  const holding = (title: string, names: readonly string[]): Credentials => ({
    title,
    token: (pool) => pool.tokenWith(...names),
    refusal: unlessEnough(endpoint, names),
  });
  const everything = qualified(catalogue);
  const lasting = (seconds: number) => (pool: UserPool) =>
    pool.token({
      claims: { scope: everything, iat: NOW - 60, auth_time: NOW - 60, exp: NOW + seconds },
    });
  const ofClient =
    ({ id }: { readonly id: string }, issuedAt = NOW - 60) =>
    (pool: UserPool) =>
      pool.token({ claims: { scope: everything, client_id: id, sub: id, iat: issuedAt } });
  return [
    { title: 'no token', token: () => undefined, refusal: missingToken },
    ...catalogue.map((scope) => holding(`${scope} alone`, [scope])),
    ...required.map((scope) =>
      holding(
        `every scope but ${scope}`,
        catalogue.filter((name) => name !== scope),
      ),
    ),
    holding('the scopes that it asks for', required),
    holding('all scopes', catalogue),
    holding('no scope', []),
    {
      title: 'a token without the scope claim',
      token: (pool) => pool.token({ claims: { scope: undefined } }),
      refusal: unlessEnough(endpoint, []),
    },
    {
      title: 'the scopes of another identifier',
      token: (pool) =>
        pool.token({ claims: { scope: everything.replaceAll(IDENTIFIER, `${IDENTIFIER}.example`) } }),
      refusal: unlessEnough(endpoint, []),
    },
    {
      title: 'unqualified scopes',
      token: (pool) => pool.token({ claims: { scope: catalogue.join(' ') } }),
      refusal: unlessEnough(endpoint, []),
    },
    {
      title: 'scopes in other letters',
      token: (pool) => pool.token({ claims: { scope: everything.toUpperCase() } }),
      refusal: unlessEnough(endpoint, []),
    },
    {
      title: 'an ID token',
      token: (pool) => pool.idToken(),
      refusal: invalidToken('not_an_access_token'),
    },
    {
      title: 'the token of a client that is neither listed nor registered',
      token: (pool) => pool.token({ claims: { scope: everything, client_id: 'another', sub: 'another' } }),
      refusal: invalidToken('client_not_allowed'),
    },
    { title: 'the token of a registered client', token: ofClient(registered.enabled), refusal: undefined },
    {
      title: 'the token of a disabled client',
      token: ofClient(registered.disabled),
      refusal: invalidToken('client_disabled'),
    },
    {
      title: 'the token of a client that is listed but disabled',
      token: ofClient(registered.listedAndDisabled),
      refusal: invalidToken('client_disabled'),
    },
    {
      title: 'the token of a deleted client',
      token: ofClient(registered.deleted),
      refusal: invalidToken('client_not_allowed'),
    },
    {
      title: 'a revoked token',
      token: ofClient(registered.revoked, NOW - 30),
      refusal: invalidToken('token_revoked'),
    },
    {
      title: 'a token that may have been revoked, as it does not say when it was issued',
      token: (pool) => {
        const { id } = registered.revoked;
        return pool.token({ claims: { scope: everything, client_id: id, sub: id, iat: undefined } });
      },
      refusal: invalidToken('token_revoked'),
    },
    {
      title: 'a token issued after the others of its client were revoked',
      token: ofClient(registered.revoked, NOW - 29),
      refusal: undefined,
    },
    {
      title: 'the token of another pool',
      token: () => foreignPool.token({ claims: { scope: everything } }),
      refusal: invalidToken('invalid_token'),
    },
    {
      title: 'a token signed with another key under the same kid',
      token: (pool) => pool.token({ claims: { scope: everything }, key: { ...impostor, kid: pool.key.kid } }),
      refusal: invalidToken('invalid_token'),
    },
    {
      title: 'a token whose claims were altered',
      token: (pool) => altered(pool.tokenWith(), { scope: everything }),
      refusal: invalidToken('invalid_token'),
    },
    { title: 'a token at exp - 1 s', token: lasting(1), refusal: undefined },
    { title: 'a token at exp', token: lasting(0), refusal: invalidToken('token_expired') },
    { title: 'a token at exp + 1 h', token: lasting(-3600), refusal: invalidToken('token_expired') },
  ];
}

/** The token with other claims under its old signature. */
function altered(token: string, claims: object): string {
  const [header, payload, signature] = token.split('.');
  const old = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object;
  return [header, Buffer.from(JSON.stringify({ ...old, ...claims })).toString('base64url'), signature].join(
    '.',
  );
}

function titleOf({ method, path }: Endpoint): string {
  return `${method} ${path}`;
}

/**
 * Tests that the endpoints of these resources, and nothing else below `/api`, can be called with the right tokens, and with
 * no others.
 */
export function describeAuthorization(resources: readonly Resource[]): void {
  const catalogue = Object.keys(scopeCatalogue(resources));
  const endpoints = resources.flatMap((resource) => resource.endpoints);
  let api: TestApi;
  let server: TestServer;
  let statements: jest.SpyInstance[];

  beforeAll(async () => {
    api = await testApi({ resources });
    server = await listen(api.app);
    let version = 0;
    for (const client of Object.values(registered)) version = await registerClient(api.database, client);
    await until('the clients to be read', () => api.registry.status().version === version);
  });

  afterAll(async () => {
    await server.close();
    await api.close();
  });

  /** Sends a request that nothing is wrong with but its token. */
  async function call(endpoint: Endpoint, token: string | undefined): Promise<Response> {
    const method = endpoint.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    const sent = request(api.app)[method](examplePath(endpoint));
    if (token !== undefined) void sent.set('Authorization', `Bearer ${token}`);
    if (!endpoint.body) return sent;
    return sent.type(endpoint.body.mediaTypes[0]).send(JSON.stringify(endpoint.body.example));
  }

  describe.each(endpoints.map((endpoint) => [titleOf(endpoint), endpoint] as const))('%s', (_, endpoint) => {
    beforeEach(() => {
      jest.spyOn(Date, 'now').mockReturnValue(NOW * 1000);
      statements = [jest.spyOn(api.database, 'query'), jest.spyOn(api.database, 'transaction')];
    });

    const all = credentialsFor(endpoint, catalogue);

    it.each(all.filter(({ refusal }) => !refusal))('lets $title through', async ({ token }) => {
      const { status, body } = await call(endpoint, token(api.pool));
      expect([401, 403, 405]).not.toContain(status);
      expect(status).toBeLessThan(500);
      expect(body.code).not.toBe('not_found');
    });

    it.each(all.filter(({ refusal }) => refusal))('refuses $title', async ({ token, refusal }) => {
      const { status, code, challenge } = refusal!;
      const answer = await call(endpoint, token(api.pool));
      expect(answer.status).toBe(status);
      expect(challengeParameters(answer.headers['www-authenticate'])).toEqual({
        ...REALM_AND_METADATA,
        ...challenge,
      });
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.body).toEqual({
        type: `https://things.example.com/docs/errors/${code}`,
        title: problemTitle(code),
        status,
        detail: expect.any(String),
        code,
        requestId: answer.headers['x-request-id'],
      });
      for (const statement of statements) expect(statement).not.toHaveBeenCalled();
    });
  });

  const paths = [...new Set(endpoints.map(({ path }) => path))].map((path) => {
    const group = endpoints.filter((endpoint) => endpoint.path === path);
    const methods: string[] = group.map(({ method }) => method);
    if (methods.includes('GET')) methods.push('HEAD');
    const isScoped = group.some(({ method, scopes }) => method === 'GET' && scopes !== anyClient);
    return { path: examplePath(group[0]!), template: path, methods, isScoped };
  });
  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
  const wrongMethods = paths.flatMap(({ path, template, methods }) =>
    METHODS.filter((method) => !methods.includes(method)).map((method) => ({
      method,
      path,
      template,
      allow: [...methods].sort().join(', '),
    })),
  );

  function sendWithToken(path: string, method = 'GET'): Promise<RawAnswer> {
    return sendRaw(server.port, path, {
      method,
      headers: { Authorization: `Bearer ${api.pool.tokenWith(...catalogue)}` },
    });
  }

  describe('a declared path', () => {
    it.each(wrongMethods)('answers $method $template with 405 and Allow', async ({ method, path, allow }) => {
      const { status, headers } = await sendWithToken(path, method);
      expect(status).toBe(405);
      expect(headers.allow).toBe(allow);
    });

    it.each(wrongMethods)('does not reveal $method $template without a token', async ({ method, path }) => {
      const { status, headers } = await sendRaw(server.port, path, { method });
      expect(status).toBe(401);
      expect(headers.allow).toBeUndefined();
    });

    it.each(paths.filter(({ methods }) => methods.includes('GET')))(
      'answers HEAD $template as GET, without a body',
      async ({ path }) => {
        const got = await sendWithToken(path);
        const head = await sendWithToken(path, 'HEAD');
        expect(head.status).toBe(got.status);
        expect(head.text).toBe('');
        expect(stable(head.headers)).toEqual(stable(got.headers));
      },
    );

    function stable(headers: RawAnswer['headers']) {
      // RFC 9110 §9.3.2 lets an answer to HEAD leave out what is known only once the body is made.
      const varying = ['date', 'x-request-id', 'ratelimit', 'connection', 'content-length'];
      return Object.entries(headers).filter(([name]) => !varying.includes(name));
    }

    it.each(paths.filter(({ isScoped }) => isScoped))(
      'asks for the scopes of GET $template on HEAD too',
      async ({ path }) => {
        const headers = { Authorization: `Bearer ${api.pool.tokenWith()}` };
        expect(await sendRaw(server.port, path, { method: 'HEAD', headers })).toMatchObject({ status: 403 });
      },
    );
  });

  const [{ path: declaredPath }] = paths as [(typeof paths)[number]];
  const undeclaredPaths = [
    '/api',
    '/api/',
    '/api/v1',
    '/api/v2/things',
    '/api/unknown',
    '/api?access=1',
    '/api/.git/config',
    '/api/../livez',
    ...paths.flatMap(({ path }) => [
      `${path}/`,
      `${path}/more`,
      path.replace('/v1', '//v1'),
      path.replace('/v1', '/./v1'),
      path.replace('/v1', '/x/../v1'),
      path.replace('/v1/', '/v1%2f'),
      path.replace('/v1', '/V1'),
      path.replace('/v1', '/%76%31'),
    ]),
  ];
  /** These are no paths below /api: no token is asked for, and nothing is there. */
  const outside = [
    '/apis',
    '/unknown',
    '/v1/things',
    declaredPath.replace('/api', '/API'),
    declaredPath.replace('/api', '/Api'),
    declaredPath.replace('/api', '//api'),
    declaredPath.replace('/api', '/%61pi'),
    declaredPath.replace('/api', '/x/../api'),
    declaredPath.replace('/api/', '/api%2f'),
    '/livez/',
    '/LIVEZ',
  ];

  describe('an undeclared path', () => {
    it.each(undeclaredPaths)('%s is 401 without a token, word for word as a declared one', async (path) => {
      const undeclared = await sendRaw(server.port, path);
      const declared = await sendRaw(server.port, declaredPath);
      expect(undeclared.status).toBe(401);
      const comparable = ({ status, headers, text }: RawAnswer) => ({
        status,
        headers: { ...headers, date: undefined, 'x-request-id': undefined },
        body: { ...(JSON.parse(text) as object), requestId: undefined },
      });
      expect(comparable(undeclared)).toEqual(comparable(declared));
    });

    it.each(undeclaredPaths)('%s is 404 with a token', async (path) => {
      const { status, headers, text } = await sendWithToken(path);
      expect(status).toBe(404);
      expect(headers['www-authenticate']).toBeUndefined();
      expect(JSON.parse(text)).toMatchObject({ code: expect.stringMatching(/not_found$/) });
    });

    it.each(outside)('%s, beside the API, is 404 for everyone', async (path) => {
      const { status, text } = await sendRaw(server.port, path);
      expect(status).toBe(404);
      expect(JSON.parse(text)).toMatchObject({ code: 'not_found' });
      expect(await sendWithToken(path)).toMatchObject({ status: 404 });
    });
  });
}
