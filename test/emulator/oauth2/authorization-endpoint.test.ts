import { createHash } from 'node:crypto';
import supertest from 'supertest';
import { Browser, locationOf } from '../support/browser';
import {
  callback,
  interactiveClient,
  machineClient,
  readUsers,
  startDomain,
  writeUsers,
} from '../support/domain';
import { authorizationRequest } from '../support/web-app';

const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url');
const clients = [
  interactiveClient('webapp'),
  interactiveClient('codeonly', { allowedOAuthFlows: ['code'] }),
  interactiveClient('implicitonly', { allowedOAuthFlows: ['implicit'] }),
  interactiveClient('withoutflows', { allowedOAuthFlowsUserPoolClient: false }),
  machineClient('machine', { callbackUrls: [callback] }),
];

let domain: Awaited<ReturnType<typeof startDomain>>;
let browser: Browser;

beforeAll(async () => {
  domain = await startDomain(
    { clients },
    { clients: [interactiveClient('elsewhere')] },
    { clients: [interactiveClient('nowhere')], domain: undefined },
  );
});
beforeEach(() => {
  browser = new Browser(domain.url);
});
afterAll(() => domain.stop());

describe('an authorization request', () => {
  it('leads to the login page, with all of its parameters', async () => {
    const answer = await browser.get(
      '/oauth2/authorize',
      authorizationRequest({ nonce: 'n', scope: 'openid' }),
    );
    expect(answer.status).toBe(302);
    const location = new URL(locationOf(answer), domain.url);
    expect(location.pathname).toBe('/login');
    expect(Object.fromEntries(location.searchParams)).toEqual(
      authorizationRequest({ nonce: 'n', scope: 'openid' }),
    );
  });

  describe.each(['/oauth2/authorize', '/login', '/logout'])('at %s', (path) => {
    it.each([
      ['without client_id', { client_id: undefined }],
      ['of an unknown client', { client_id: 'nobody' }],
      ['of a client whose pool has no domain', { client_id: 'nowhere' }],
      ['without redirect_uri', { redirect_uri: undefined }],
      ['with a redirect_uri that is not registered', { redirect_uri: 'https://attacker.example/callback' }],
      ['with more after the redirect_uri', { redirect_uri: `${callback}/..` }],
      ['with another query on the redirect_uri', { redirect_uri: `${callback}?next=/` }],
      ['with another port', { redirect_uri: callback.replace('8400', '8401') }],
      ['with other letter case', { redirect_uri: callback.replace('callback', 'Callback') }],
    ])('is answered with a page, and no redirect, %s', async (_what, changes) => {
      const answer = await browser.get(path, authorizationRequest(changes));
      expect([answer.status, answer.headers.get('Location')]).toEqual([400, null]);
      expect(answer.headers.get('Content-Type')).toMatch('text/html');
    });

    it.each(['client_id', 'redirect_uri'])('is answered likewise with %s twice', async (name) => {
      const twice = new URLSearchParams(authorizationRequest());
      twice.append(name, twice.get(name)!);
      const answer = await browser.get(`${path}?${twice.toString()}`);
      expect([answer.status, answer.headers.get('Location')]).toEqual([400, null]);
    });

    it.each([
      ['without response_type', { response_type: undefined }, 'invalid_request'],
      ['with another response_type', { response_type: 'id_token' }, 'invalid_request'],
      ['for a flow that the client does not have', { client_id: 'implicitonly' }, 'unauthorized_client'],
      ['of a client without flows', { client_id: 'withoutflows' }, 'unauthorized_client'],
      ['of a machine client', { client_id: 'machine' }, 'unauthorized_client'],
      ['for an unknown scope', { scope: 'openid unknown' }, 'invalid_scope'],
      ['for a scope that the client does not have', { scope: writeUsers }, 'invalid_scope'],
      ['for email without openid', { scope: `email ${readUsers}` }, 'invalid_scope'],
      ['with a challenge and no method', { code_challenge: challenge }, 'invalid_request'],
      ['with a method and no challenge', { code_challenge_method: 'S256' }, 'invalid_request'],
      [
        'with the method plain',
        { code_challenge: challenge, code_challenge_method: 'plain' },
        'invalid_request',
      ],
      [
        'with a challenge that is no digest',
        { code_challenge: 'short', code_challenge_method: 'S256' },
        'invalid_request',
      ],
    ])('is refused at the redirect_uri %s', async (_what, changes, error) => {
      const answer = await browser.get(path, authorizationRequest(changes));
      expect(answer.status).toBe(302);
      expect(locationOf(answer)).toBe(`${callback}?error=${error}&state=af0ifjsldkj`);
    });

    it('is refused at the redirect_uri with a parameter twice', async () => {
      const answer = await browser.get(
        `${path}?${new URLSearchParams(authorizationRequest()).toString()}&state=other`,
      );
      expect(locationOf(answer)).toBe(`${callback}?error=invalid_request`);
    });

    it('is refused in the fragment, where tokens were asked for', async () => {
      const answer = await browser.get(
        path,
        authorizationRequest({ client_id: 'codeonly', response_type: 'token' }),
      );
      expect(locationOf(answer)).toBe(`${callback}#error=unauthorized_client&state=af0ifjsldkj`);
    });
  });

  it.each([
    ['test-2.auth.eu-central-1.amazoncognito.com', 302],
    ['test-2.localhost:4000', 302],
    ['127.0.0.1:4000', 302],
    ['test-1.auth.eu-central-1.amazoncognito.com', 400],
  ])('of a client of the second pool, at the host %s, is answered with %s', async (host, status) => {
    const query = authorizationRequest({ client_id: 'elsewhere' });
    const answer = await supertest(domain.url).get('/oauth2/authorize').query(query).set('Host', host);
    expect(answer.status).toBe(status);
  });

  it.each([
    ['/oauth2/authorize', 'POST', 'GET'],
    ['/logout', 'POST', 'GET'],
    ['/login', 'PUT', 'GET, POST'],
  ])('is not taken at %s by %s', async (path, method, allow) => {
    const answer = await fetch(domain.url + path, { method });
    expect([answer.status, answer.headers.get('Allow')]).toEqual([405, allow]);
  });
});

it('every endpoint that a pool with a domain describes is there, and none that a pool without one does', async () => {
  const describe = async (id: string) => {
    const answer = await fetch(`${domain.url}/${id}/.well-known/openid-configuration`);
    const entries = Object.entries((await answer.json()) as Record<string, string>);
    return entries.filter(([name]) => name.endsWith('_endpoint'));
  };
  const described = await describe('eu-central-1_Local0001');
  expect(described.map(([name]) => name).sort()).toEqual([
    'authorization_endpoint',
    'end_session_endpoint',
    'revocation_endpoint',
    'token_endpoint',
    'userinfo_endpoint',
  ]);
  for (const [, url] of described) expect([400, 405]).toContain((await fetch(url)).status);
  expect(await describe('eu-central-1_Local0003')).toEqual([]);
});
