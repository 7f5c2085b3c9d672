import { CognitoJwtVerifier } from 'aws-jwt-verify';
import request from 'supertest';
import { decodeJwt, makeCognito, readUsers, writeUsers } from './pool';

const withoutFlows = { clientId: 'withoutflows', allowedOAuthFlows: [] };
const codeOnly = { clientId: 'codeonly', allowedOAuthFlows: ['code' as const] };
const oddSecret = { clientId: 'oddsecret', clientSecret: 'with:colon+plus%25 space/and=ü.......' };
const shortLived = {
  clientId: 'shortlived',
  accessTokenValiditySeconds: 300,
  allowedOAuthScopes: [readUsers],
};

const { app, client, logged, pool, requestToken } = makeCognito([
  withoutFlows,
  codeOnly,
  oddSecret,
  shortLived,
]);
const grant = 'grant_type=client_credentials';
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const valid = basic(client.clientId, client.clientSecret);
const inBody = `client_id=${client.clientId}&client_secret=${client.clientSecret}`;

function post(body: string, authorization?: string) {
  const sent = request(app).post('/oauth2/token').type('form');
  return (authorization === undefined ? sent : sent.set('Authorization', authorization)).send(body);
}

describe('an access token', () => {
  const now = 1_790_000_000;
  let answer: request.Response;

  beforeAll(async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now * 1000 + 999);
    answer = await requestToken();
    clock.mockRestore();
  });

  it('comes with its lifetime and type, and nothing else', () => {
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ access_token: expect.any(String), expires_in: 3600, token_type: 'Bearer' });
  });

  it('is never stored by caches', () => {
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
  });

  it('has the header of Cognito, member by member', () => {
    const kid = pool.publishedKeys()[1]?.kid;
    expect(JSON.stringify(decodeJwt(answer.body.access_token).header)).toBe(
      JSON.stringify({ kid, alg: 'RS256' }),
    );
  });

  it('has the claims of Cognito, in the same order', () => {
    const { payload } = decodeJwt(answer.body.access_token);
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    const expected = {
      sub: client.clientId,
      token_use: 'access',
      scope: `${readUsers} ${writeUsers}`,
      auth_time: now,
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001',
      exp: now + 3600,
      iat: now,
      version: 2,
      jti: expect.stringMatching(uuid),
      client_id: client.clientId,
    };
    expect(payload).toEqual(expected);
    expect(Object.keys(payload)).toEqual(Object.keys(expected));
  });

  it('has an id of its own each time', async () => {
    const [one, other] = await Promise.all([requestToken(), requestToken()]);
    expect(decodeJwt(one.body.access_token)).not.toEqual(decodeJwt(other.body.access_token));
  });

  it('lives as long as the client is configured to', async () => {
    const { body } = await post(grant, basic('shortlived', client.clientSecret));
    const { exp, iat } = decodeJwt(body.access_token).payload as { exp: number; iat: number };
    expect([body.expires_in, exp - iat]).toEqual([300, 300]);
  });

  it('is accepted by the verifier for Cognito, given the published keys', async () => {
    const { body } = await requestToken();
    const keys = await request(app).get(`/${pool.id}/.well-known/jwks.json`);
    const verifier = CognitoJwtVerifier.create({
      userPoolId: pool.id,
      tokenUse: 'access',
      clientId: client.clientId,
    });
    verifier.cacheJwks(keys.body);
    await expect(verifier.verify(body.access_token)).resolves.toMatchObject({ sub: client.clientId });
  });
});

describe('a client is known', () => {
  it.each([
    ['by HTTP Basic', grant, valid],
    ['by HTTP Basic, whatever the case of the scheme', grant, valid.replace('Basic', 'bASIC')],
    ['by HTTP Basic, named in the body once more', `${grant}&client_id=${client.clientId}`, valid],
    ['by credentials in the body', `${grant}&${inBody}`, undefined],
    [
      'by HTTP Basic with form-encoded parts',
      grant,
      basic('oddsecret', new URLSearchParams({ '': oddSecret.clientSecret }).toString().slice(1)),
    ],
  ])('%s', async (_way, body, authorization) => {
    expect((await post(body, authorization)).status).toBe(200);
  });
});

describe('the scopes of a token', () => {
  it.each([
    ['are all of the client, when none are asked for', grant, `${readUsers} ${writeUsers}`],
    [
      'are all of the client, when an empty list is asked for',
      `${grant}&scope=`,
      `${readUsers} ${writeUsers}`,
    ],
    ['are the ones asked for', `${grant}&scope=${writeUsers}`, writeUsers],
    [
      'are named once, however often they are asked for',
      `${grant}&scope=${readUsers}+${readUsers}`,
      readUsers,
    ],
  ])('%s', async (_which, body, scope) => {
    const { access_token } = (await post(body, valid)).body as { access_token: string };
    expect(decodeJwt(access_token).payload).toMatchObject({ scope });
  });
});

describe('a token request is refused', () => {
  it.each([
    ['without grant_type', '', valid, 'invalid_request'],
    ['with an empty grant_type', 'grant_type=', valid, 'invalid_request'],
    ['with grant_type twice', `${grant}&${grant}`, valid, 'invalid_request'],
    ['with scope twice', `${grant}&scope=${readUsers}&scope=${readUsers}`, valid, 'invalid_request'],
    ['with an unknown grant', 'grant_type=password', valid, 'unsupported_grant_type'],
    ['without credentials', grant, undefined, 'invalid_client'],
    ['without a secret', `${grant}&client_id=${client.clientId}`, undefined, 'invalid_client'],
    ['from an unknown client', grant, basic('nobody', client.clientSecret), 'invalid_client'],
    ['with a wrong secret', grant, basic(client.clientId, 'wrong'), 'invalid_client'],
    ['with a wrong secret in the body', `${grant}&${inBody}x`, undefined, 'invalid_client'],
    ['with another scheme', grant, valid.replace('Basic', 'Bearer'), 'invalid_client'],
    [
      'with Basic that has no colon',
      grant,
      `Basic ${Buffer.from('nocolon').toString('base64')}`,
      'invalid_client',
    ],
    ['with Basic that is not form-encoded', grant, basic(client.clientId, '%zz'), 'invalid_client'],
    ['with credentials in header and body', `${grant}&${inBody}`, valid, 'invalid_request'],
    ['with another client_id in the body', `${grant}&client_id=other`, valid, 'invalid_request'],
    ['from a client without flows', grant, basic('withoutflows', client.clientSecret), 'invalid_grant'],
    ['from a client of another flow', grant, basic('codeonly', client.clientSecret), 'unauthorized_client'],
    ['for an unknown scope', `${grant}&scope=https://api.example.com/no`, valid, 'invalid_scope'],
    ['for an unqualified scope', `${grant}&scope=users.read`, valid, 'invalid_scope'],
    [
      'for a scope that the client does not have',
      `${grant}&scope=${writeUsers}`,
      basic('shortlived', client.clientSecret),
      'invalid_scope',
    ],
  ])('%s', async (_what, body, authorization, error) => {
    const answer = await post(body, authorization);
    expect([answer.status, answer.body]).toEqual([400, { error }]);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
  });

  it('when it is too large, without being read to its end', async () => {
    const answer = await post(`${grant}&scope=${'x'.repeat(20_000)}`, valid);
    expect([answer.status, answer.body]).toEqual([413, { error: 'invalid_request' }]);
  });

  it.each([
    ['without a content type', request(app).post('/oauth2/token').set('Authorization', valid)],
    ['in JSON', request(app).post('/oauth2/token').set('Authorization', valid).send({ grant_type: 'x' })],
    ['by GET', request(app).get(`/oauth2/token?${grant}`).set('Authorization', valid)],
  ])('with 405 %s', async (_what, sent) => {
    const answer = await sent;
    expect(answer.status).toBe(405);
    expect(answer.headers).toMatchObject({ allow: 'POST, OPTIONS', 'access-control-allow-origin': '*' });
  });

  it('with its reason in the log, and nothing that was sent', async () => {
    const before = logged.length;
    await post(grant, basic(client.clientId, 'not-the-secret'));
    const lines = logged.slice(before).join('');
    expect(lines).toContain('wrong client secret');
    expect(lines).not.toContain('not-the-secret');
  });
});

it('no log line holds a token or a secret', async () => {
  const { body } = await requestToken();
  expect(logged.join('')).not.toContain(client.clientSecret);
  expect(logged.join('')).not.toContain(body.access_token);
});

describe('web pages of any origin', () => {
  it('may ask whether they may send a token request', async () => {
    const answer = await request(app).options('/oauth2/token').set('Origin', 'https://app.example.com');
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Authorization, Content-Type',
    });
  });

  it.each([
    ['a token', valid, 200],
    ['a refusal', basic('nobody', 'x'), 400],
  ])('may read %s', async (_what, authorization, status) => {
    const answer = await post(grant, authorization);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*' });
  });
});
