import supertest from 'supertest';
import { publishedKeys } from '../../emulator/store/signing-key';
import { testApi, type TestApi } from '../support/api';
import { CLIENT_ID } from '../support/user-pool';
import { Browser } from './support/browser';
import {
  callback,
  confirmedUser,
  interactiveClient,
  password,
  readUsers,
  startDomain,
  writeUsers,
} from './support/domain';

let domain: Awaited<ReturnType<typeof startDomain>>;
let api: TestApi;

beforeAll(async () => {
  domain = await startDomain({
    // What the API under test is told of its user pool.
    id: 'eu-central-1_Test00001',
    clients: [
      interactiveClient(CLIENT_ID, { allowedOAuthScopes: ['openid', 'email', readUsers, writeUsers] }),
      interactiveClient('unlisted'),
    ],
    users: [confirmedUser('ada')],
  });
  api = await testApi({
    jwksAnswer: (_req, res) => res.end(JSON.stringify({ keys: publishedKeys(domain.pool()) })),
  });
});
afterAll(async () => {
  await Promise.all([api.close(), domain.stop()]);
});

/** Tokens of a user who signs in for these scopes, by the names that the token endpoint gives them. */
const signIn = {
  async code(scope: string, clientId = CLIENT_ID) {
    const location = await browse('code', scope, clientId);
    const answer = await fetch(`${domain.url}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        redirect_uri: callback,
        code: location.searchParams.get('code')!,
      }),
    });
    return (await answer.json()) as Record<string, string>;
  },
  async implicit(scope: string, clientId = CLIENT_ID) {
    const { hash } = await browse('token', scope, clientId);
    return Object.fromEntries(new URLSearchParams(hash.slice(1)));
  },
};

function browse(response_type: string, scope: string, client_id: string): Promise<URL> {
  const request = { client_id, response_type, redirect_uri: callback, scope };
  return new Browser(domain.url).signIn(request, { username: 'ada', password });
}

const listUsers = (token = '') => supertest(api.app).get('/api/v1/users').auth(token, { type: 'bearer' });
const createUser = (token = '') =>
  supertest(api.app)
    .post('/api/v1/users')
    .auth(token, { type: 'bearer' })
    .send({ email: `${Date.now()}@example.com`, name: 'Grace' });

describe.each(['code', 'implicit'] as const)('a user who signed in by the %s flow', (flow) => {
  it('may do what the scopes of the access token say, and no more', async () => {
    const { access_token } = await signIn[flow](`openid ${readUsers}`);
    expect((await listUsers(access_token)).status).toBe(200);
    const refused = await createUser(access_token);
    expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
  });

  it('may do all that the client may, when no scope was asked for', async () => {
    const { access_token } = await signIn[flow]('');
    expect((await listUsers(access_token)).status).toBe(200);
    expect((await createUser(access_token)).status).toBe(201);
  });

  it('may do nothing with the scopes of OpenID Connect alone', async () => {
    const { access_token } = await signIn[flow]('openid email');
    const refused = await listUsers(access_token);
    expect([refused.status, refused.body.code]).toEqual([403, 'insufficient_scope']);
  });

  it('may do nothing with the ID token', async () => {
    const { id_token } = await signIn[flow](`openid ${readUsers}`);
    const refused = await listUsers(id_token);
    expect([refused.status, refused.body.code]).toEqual([401, 'not_an_access_token']);
  });

  it('may do nothing with a client that the API does not list', async () => {
    const { access_token } = await signIn[flow](readUsers, 'unlisted');
    const refused = await listUsers(access_token);
    expect([refused.status, refused.body.code]).toEqual([401, 'client_not_allowed']);
  });
});

it('a refreshed access token may do what the first could', async () => {
  const { refresh_token = '' } = await signIn.code(readUsers);
  const answer = await fetch(`${domain.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token }),
  });
  const { access_token } = (await answer.json()) as Record<string, string>;
  expect((await listUsers(access_token)).status).toBe(200);
  expect((await createUser(access_token)).status).toBe(403);
});

it('the API takes tokens of the UPDATED issuer as well', async () => {
  domain.changePool((pool) => {
    pool.issuer = 'UPDATED';
  });
  const { access_token } = await signIn.code(readUsers);
  expect((await listUsers(access_token)).status).toBe(200);
});
