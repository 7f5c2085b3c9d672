import supertest from 'supertest';
import { jwksOf } from '../../emulator/tokens/jwks';
import { testApi, type TestApi } from '../support/api';
import { CLIENT_ID, IDENTIFIER } from '../support/user-pool';
import { Browser } from './support/browser';
import {
  callback,
  confirmedUser,
  interactiveClient,
  password,
  readThings,
  startDomain,
  writeThings,
} from './support/domain';

let domain: Awaited<ReturnType<typeof startDomain>>;
let api: TestApi;

beforeAll(async () => {
  domain = await startDomain({
    // The user pool of the API under test.
    id: 'eu-central-1_Test00001',
    clients: [
      interactiveClient(CLIENT_ID, { allowedOAuthScopes: ['openid', 'email', readThings, writeThings] }),
      interactiveClient('unlisted'),
    ],
    users: [confirmedUser('ada')],
  });
  api = await testApi({
    jwksAnswer: (_req, res) => res.end(JSON.stringify({ keys: jwksOf(domain.pool()).keys })),
  });
});
afterAll(async () => {
  await Promise.all([api.close(), domain.stop()]);
});

type Parameters = Readonly<Record<string, string>>;

/** The token response for a user who signs in with these scopes. */
const signIn = {
  async code(scope: string, changes: Parameters = {}) {
    const request = { client_id: CLIENT_ID, response_type: 'code', scope, ...changes };
    const location = await browse(request);
    const response = await fetch(`${domain.url}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: request.client_id,
        redirect_uri: callback,
        code: location.searchParams.get('code')!,
      }),
    });
    return (await response.json()) as Record<string, string>;
  },
  async implicit(scope: string, changes: Parameters = {}) {
    const { hash } = await browse({ client_id: CLIENT_ID, response_type: 'token', scope, ...changes });
    return Object.fromEntries(new URLSearchParams(hash.slice(1)));
  },
};

function browse(request: Parameters): Promise<URL> {
  const user = { username: 'ada', password };
  return new Browser(domain.url).signIn({ redirect_uri: callback, ...request }, user);
}

const listThings = (token = '') => supertest(api.app).get('/api/v1/things').auth(token, { type: 'bearer' });
const createThing = (token = '') =>
  supertest(api.app)
    .post('/api/v1/things')
    .auth(token, { type: 'bearer' })
    .send({ label: `Thing ${Date.now()}` });

describe.each(['code', 'implicit'] as const)('a user who signed in by the %s flow', (flow) => {
  it('may call what the scopes of the access token permit, and nothing else', async () => {
    const { access_token } = await signIn[flow](`openid ${readThings}`);
    expect((await listThings(access_token)).status).toBe(200);
    const refused = await createThing(access_token);
    expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
  });

  it('may call everything that the client may when no scope was requested', async () => {
    const { access_token } = await signIn[flow]('');
    expect((await listThings(access_token)).status).toBe(200);
    expect((await createThing(access_token)).status).toBe(201);
  });

  it('may call nothing with the scopes of OpenID Connect alone', async () => {
    const { access_token } = await signIn[flow]('openid email');
    const refused = await listThings(access_token);
    expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
  });

  it('may call nothing with the ID token', async () => {
    const { id_token } = await signIn[flow](`openid ${readThings}`);
    const refused = await listThings(id_token);
    expect([refused.status, refused.body.code]).toEqual([401, 'not_an_access_token']);
  });

  it.each([
    ['the API', IDENTIFIER, 200],
    ['another API', 'https://other.example.com', 401],
  ])('gets, with an access token for %s (%s), status %s', async (_which, resource, status) => {
    const { access_token } = await signIn[flow](readThings, { resource });
    expect((await listThings(access_token)).status).toBe(status);
  });

  it('may call nothing through a client that the API does not list', async () => {
    const { access_token } = await signIn[flow](readThings, { client_id: 'unlisted' });
    const refused = await listThings(access_token);
    expect([refused.status, refused.body.code]).toEqual([401, 'client_not_allowed']);
  });
});

it('a refreshed access token has the permissions of the first one', async () => {
  const { refresh_token = '' } = await signIn.code(readThings);
  const response = await fetch(`${domain.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token }),
  });
  const { access_token } = (await response.json()) as Record<string, string>;
  expect((await listThings(access_token)).status).toBe(200);
  expect((await createThing(access_token)).status).toBe(403);
});

it('the API accepts tokens of the UPDATED issuer', async () => {
  domain.changePool((pool) => {
    pool.issuer = 'UPDATED';
  });
  const { access_token } = await signIn.code(readThings);
  expect((await listThings(access_token)).status).toBe(200);
});
