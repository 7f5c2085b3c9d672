import { createHash } from 'node:crypto';
import supertest from 'supertest';
import { Browser, locationOf } from '../support/browser';
import {
  callback,
  interactiveClient,
  machineClient,
  readThings,
  startDomain,
  writeThings,
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
  it('redirects to the login page with all its parameters', async () => {
    const response = await browser.get(
      '/oauth2/authorize',
      authorizationRequest({ nonce: 'n', scope: 'openid' }),
    );
    expect(response.status).toBe(302);
    const location = new URL(locationOf(response), domain.url);
    expect(location.pathname).toBe('/login');
    expect(Object.fromEntries(location.searchParams)).toEqual(
      authorizationRequest({ nonce: 'n', scope: 'openid' }),
    );
  });

  describe.each(['/oauth2/authorize', '/login', '/logout'])('at %s', (path) => {
    it.each([
      ['without client_id', { client_id: undefined }],
      ['of an unknown client', { client_id: 'unknown' }],
      ['of a client whose pool has no domain', { client_id: 'nowhere' }],
      ['without redirect_uri', { redirect_uri: undefined }],
      ['with a redirect_uri that is not registered', { redirect_uri: 'https://attacker.example/callback' }],
      ['with a longer redirect_uri', { redirect_uri: `${callback}/..` }],
      ['with an added query in the redirect_uri', { redirect_uri: `${callback}?next=/` }],
      ['with another port in the redirect_uri', { redirect_uri: callback.replace('8400', '8401') }],
      [
        'with a redirect_uri in other letter case',
        { redirect_uri: callback.replace('callback', 'Callback') },
      ],
    ])('is refused with a page and no redirect %s', async (_what, changes) => {
      const response = await browser.get(path, authorizationRequest(changes));
      expect([response.status, response.headers.get('Location')]).toEqual([400, null]);
      expect(response.headers.get('Content-Type')).toMatch('text/html');
    });

    it.each(['client_id', 'redirect_uri'])(
      'is refused with a page and no redirect with %s twice',
      async (name) => {
        const twice = new URLSearchParams(authorizationRequest());
        twice.append(name, twice.get(name)!);
        const response = await browser.get(`${path}?${twice.toString()}`);
        expect([response.status, response.headers.get('Location')]).toEqual([400, null]);
      },
    );

    it.each([
      ['without response_type', { response_type: undefined }, 'invalid_request'],
      ['with another response_type', { response_type: 'id_token' }, 'invalid_request'],
      ['for a flow that the client does not have', { client_id: 'implicitonly' }, 'unauthorized_client'],
      ['of a client without flows', { client_id: 'withoutflows' }, 'unauthorized_client'],
      ['of a machine client', { client_id: 'machine' }, 'unauthorized_client'],
      ['for an unknown scope', { scope: 'openid unknown' }, 'invalid_scope'],
      ['for a scope that the client does not have', { scope: writeThings }, 'invalid_scope'],
      ['with a resource that is not a URL', { resource: 'users' }, 'invalid_request'],
      ['with a URN as resource', { resource: 'urn:example:api' }, 'invalid_request'],
      ['with a resource over plain HTTP', { resource: 'http://api.example.com' }, 'invalid_request'],
      ['with a fragment in its resource', { resource: 'https://api.example.com/#x' }, 'invalid_request'],
      ['with another identity provider', { identity_provider: 'Google' }, 'invalid_request'],
      ['with an idp_identifier', { idp_identifier: 'example.com' }, 'invalid_request'],
      ['with prompt=none and another prompt', { prompt: 'none login' }, 'invalid_request'],
      ['for email without openid', { scope: `email ${readThings}` }, 'invalid_scope'],
      ['with a code challenge without a method', { code_challenge: challenge }, 'invalid_request'],
      ['with a method without a code challenge', { code_challenge_method: 'S256' }, 'invalid_request'],
      [
        'with the method plain',
        { code_challenge: challenge, code_challenge_method: 'plain' },
        'invalid_request',
      ],
      [
        'with a code challenge that is not a digest',
        { code_challenge: 'short', code_challenge_method: 'S256' },
        'invalid_request',
      ],
    ])('is refused with a redirect %s', async (_what, changes, error) => {
      const response = await browser.get(path, authorizationRequest(changes));
      expect(response.status).toBe(302);
      expect(locationOf(response)).toBe(`${callback}?error=${error}&state=af0ifjsldkj`);
    });

    it('is refused with a redirect with a parameter twice', async () => {
      const response = await browser.get(
        `${path}?${new URLSearchParams(authorizationRequest()).toString()}&state=other`,
      );
      expect(locationOf(response)).toBe(`${callback}?error=invalid_request`);
    });

    it('is refused with a redirect in the fragment when it requests tokens', async () => {
      const response = await browser.get(
        path,
        authorizationRequest({ client_id: 'codeonly', response_type: 'token' }),
      );
      expect(locationOf(response)).toBe(`${callback}#error=unauthorized_client&state=af0ifjsldkj`);
    });
  });

  it.each([
    ['test-2.auth.eu-central-1.amazoncognito.com', 302],
    ['test-2.localhost:4000', 302],
    ['127.0.0.1:4000', 302],
    ['test-1.auth.eu-central-1.amazoncognito.com', 400],
  ])('of a client of the second pool at the host %s is answered with status %s', async (host, status) => {
    const query = authorizationRequest({ client_id: 'elsewhere' });
    const response = await supertest(domain.url).get('/oauth2/authorize').query(query).set('Host', host);
    expect(response.status).toBe(status);
  });

  it.each([
    ['/oauth2/authorize', 'POST', 'GET'],
    ['/logout', 'POST', 'GET'],
    ['/login', 'PUT', 'GET, POST'],
  ])('is refused at %s by %s', async (path, method, allow) => {
    const response = await fetch(domain.url + path, { method });
    expect([response.status, response.headers.get('Allow')]).toEqual([405, allow]);
  });
});
