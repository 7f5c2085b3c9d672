import { CognitoJwtVerifier } from 'aws-jwt-verify';
import request from 'supertest';
import { jwksOf } from '../../../emulator/tokens/jwks';
import {
  decodeJwt,
  interactiveClient,
  machineClient,
  readThings,
  secrets,
  startDomain,
  withSecrets,
  writeThings,
} from '../support/domain';

const oddSecret = 'with:colon+plus%25 space/and=ü.......';
const clients = [
  machineClient('machine'),
  machineClient('withoutflows', { allowedOAuthFlows: [] }),
  machineClient('switchedoff', { allowedOAuthFlowsUserPoolClient: false }),
  machineClient('codeonly', { allowedOAuthFlows: ['code'] }),
  withSecrets({ ...machineClient('oddsecret'), secrets: [] }, oddSecret),
  machineClient('shortlived', { accessTokenValiditySeconds: 300, allowedOAuthScopes: [readThings] }),
  interactiveClient('public', { allowedOAuthFlows: ['client_credentials'] }),
];

let domain: Awaited<ReturnType<typeof startDomain>>;
beforeAll(async () => {
  domain = await startDomain(
    { clients },
    { clients: [machineClient('nowhere')], domain: undefined },
    { clients: [] },
  );
});
afterAll(() => domain.stop());

const [secret, otherSecret] = secrets;
const grant = 'grant_type=client_credentials';
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const valid = basic('machine', secret);
const inBody = `client_id=machine&client_secret=${secret}`;

function post(body: string, authorization?: string) {
  const sent = request(domain.url).post('/oauth2/token').type('form');
  return (authorization === undefined ? sent : sent.set('Authorization', authorization)).send(body);
}

describe('the access token of a machine client', () => {
  const now = 1_790_000_000;
  let response: request.Response;

  beforeAll(async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now * 1000 + 999);
    response = await post(grant, valid);
    clock.mockRestore();
  });

  it('comes with its lifetime and type, and nothing else', () => {
    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      token_type: 'Bearer',
    });
  });

  it('is not cached', () => {
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
  });

  it('has the header of Cognito, member by member', () => {
    const kid = jwksOf(domain.pool()).keys[1]?.kid;
    expect(JSON.stringify(decodeJwt(response.body.access_token).header)).toBe(
      JSON.stringify({ kid, alg: 'RS256' }),
    );
  });

  it('has the claims of Cognito, in the same order', () => {
    const { payload } = decodeJwt(response.body.access_token);
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    const expected = {
      sub: 'machine',
      token_use: 'access',
      scope: `${readThings} ${writeThings}`,
      auth_time: now,
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001',
      exp: now + 3600,
      iat: now,
      version: 2,
      jti: expect.stringMatching(uuid),
      client_id: 'machine',
    };
    expect(payload).toEqual(expected);
    expect(Object.keys(payload)).toEqual(Object.keys(expected));
  });

  it('has a new jti each time', async () => {
    const [one, other] = await Promise.all([post(grant, valid), post(grant, valid)]);
    expect(decodeJwt(one.body.access_token)).not.toEqual(decodeJwt(other.body.access_token));
  });

  it('expires after the lifetime that is configured for the client', async () => {
    const { body } = await post(grant, basic('shortlived', secret));
    const { exp, iat } = decodeJwt(body.access_token).payload as { exp: number; iat: number };
    expect([body.expires_in, exp - iat]).toEqual([300, 300]);
  });

  it('is accepted by the verifier for Cognito with the published keys', async () => {
    const { body } = await post(grant, valid);
    const keys = await request(domain.url).get(`/${domain.pool().id}/.well-known/jwks.json`);
    const verifier = CognitoJwtVerifier.create({
      userPoolId: domain.pool().id,
      tokenUse: 'access',
      clientId: 'machine',
    });
    verifier.cacheJwks(keys.body);
    await expect(verifier.verify(body.access_token)).resolves.toMatchObject({ sub: 'machine' });
  });
});

describe('a client authenticates', () => {
  it.each([
    ['by HTTP Basic', grant, valid],
    ['by HTTP Basic with the scheme in any letter case', grant, valid.replace('Basic', 'bASIC')],
    ['by HTTP Basic, with its client_id repeated in the body', `${grant}&client_id=machine`, valid],
    ['by HTTP Basic with its second secret', grant, basic('machine', otherSecret)],
    ['by credentials in the body', `${grant}&${inBody}`, undefined],
    [
      'by HTTP Basic with form-encoded parts',
      grant,
      basic('oddsecret', new URLSearchParams({ '': oddSecret }).toString().slice(1)),
    ],
  ])('%s', async (_way, body, authorization) => {
    expect((await post(body, authorization)).status).toBe(200);
  });
});

describe('the scopes of a token', () => {
  it.each([
    ['are all of the client when none is requested', grant, `${readThings} ${writeThings}`],
    ['are all of the client when the parameter is empty', `${grant}&scope=`, `${readThings} ${writeThings}`],
    ['are the requested ones', `${grant}&scope=${writeThings}`, writeThings],
    [
      'contain a scope once that is requested twice',
      `${grant}&scope=${readThings}+${readThings}`,
      readThings,
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
    ['with scope twice', `${grant}&scope=${readThings}&scope=${readThings}`, valid, 'invalid_request'],
    ['with an unknown grant', 'grant_type=password', valid, 'unsupported_grant_type'],
    ['without credentials', grant, undefined, 'invalid_client'],
    ['without a secret', `${grant}&client_id=machine`, undefined, 'invalid_client'],
    ['from an unknown client', grant, basic('unknown', secret), 'invalid_client'],
    ['with a wrong secret', grant, basic('machine', 'wrong'), 'invalid_client'],
    ['with a wrong secret in the body', `${grant}&${inBody}x`, undefined, 'invalid_client'],
    ['with another scheme', grant, valid.replace('Basic', 'Bearer'), 'invalid_client'],
    [
      'with Basic that has no colon',
      grant,
      `Basic ${Buffer.from('nocolon').toString('base64')}`,
      'invalid_client',
    ],
    ['with Basic that is not form-encoded', grant, basic('machine', '%zz'), 'invalid_client'],
    ['with credentials in header and body', `${grant}&${inBody}`, valid, 'invalid_request'],
    ['with another client_id in the body', `${grant}&client_id=other`, valid, 'invalid_request'],
    ['from a client without flows', grant, basic('withoutflows', secret), 'invalid_grant'],
    ['from a client whose flows are disabled', grant, basic('switchedoff', secret), 'invalid_grant'],
    ['from a client whose pool has no domain', grant, basic('nowhere', secret), 'invalid_client'],
    ['from a public client', `${grant}&client_id=public`, undefined, 'invalid_client'],
    ['from a public client with an empty secret', grant, basic('public', ''), 'invalid_client'],
    ['from a client of another flow', grant, basic('codeonly', secret), 'unauthorized_client'],
    ['for a resource', `${grant}&resource=https://api.example.com`, valid, 'invalid_request'],
    ['for an unknown scope', `${grant}&scope=https://api.example.com/no`, valid, 'invalid_scope'],
    ['for an unqualified scope', `${grant}&scope=things.read`, valid, 'invalid_scope'],
    [
      'for a scope that the client does not have',
      `${grant}&scope=${writeThings}`,
      basic('shortlived', secret),
      'invalid_scope',
    ],
  ])('%s', async (_what, body, authorization, error) => {
    const response = await post(body, authorization);
    expect([response.status, response.body]).toEqual([400, { error }]);
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store' });
  });

  it('at the domain of another pool', async () => {
    const sent = post(grant, valid).set('Host', 'test-3.auth.eu-central-1.amazoncognito.com');
    expect((await sent).body).toEqual({ error: 'invalid_client' });
  });

  it('when it is too large, before it is read completely', async () => {
    const response = await post(`${grant}&scope=${'x'.repeat(20_000)}`, valid);
    expect([response.status, response.body]).toEqual([413, { error: 'invalid_request' }]);
  });

  it.each([
    ['without a content type', () => request(domain.url).post('/oauth2/token')],
    ['in JSON', () => request(domain.url).post('/oauth2/token').send({ grant_type: 'x' })],
    ['by GET', () => request(domain.url).get(`/oauth2/token?${grant}`)],
  ])('with 405 %s', async (_what, send) => {
    const response = await send().set('Authorization', valid);
    expect(response.status).toBe(405);
    expect(response.headers).toMatchObject({ allow: 'POST, OPTIONS', 'access-control-allow-origin': '*' });
  });

  it('and logged with its reason, without what was sent', async () => {
    const before = domain.log.length;
    await post(grant, basic('machine', 'not-the-secret'));
    const lines = domain.log.slice(before).join('');
    expect(lines).toContain('wrong client secret');
    expect(lines).not.toContain('not-the-secret');
  });
});

it('no token and no secret is logged', async () => {
  const { body } = await post(grant, valid);
  expect(domain.log.join('')).not.toContain(secret);
  expect(domain.log.join('')).not.toContain(body.access_token);
});

describe('web pages of any origin', () => {
  it('may preflight a token request', async () => {
    const response = await request(domain.url)
      .options('/oauth2/token')
      .set('Origin', 'https://app.example.com');
    expect(response.status).toBe(204);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Authorization, Content-Type',
    });
  });

  it.each([
    ['a token', valid, 200],
    ['a refusal', basic('unknown', 'x'), 400],
  ])('may read %s', async (_what, authorization, status) => {
    const response = await post(grant, authorization);
    expect(response.status).toBe(status);
    expect(response.headers).toMatchObject({ 'access-control-allow-origin': '*' });
  });
});
