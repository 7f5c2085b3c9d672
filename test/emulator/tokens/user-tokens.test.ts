import { createHash } from 'node:crypto';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { decodeJwt, readThings } from '../support/domain';
import { attributes, groups, scopes, signedInWebApp, signInTime, sub } from '../support/web-app';

const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const given = signedInWebApp();

describe("a user's access token", () => {
  it('has the header and the claims of Cognito', async () => {
    const { header, payload } = decodeJwt((await given.app.newTokens()).access_token);
    const [, accessKey] = (await jwks()).keys;
    expect(header).toEqual({ kid: accessKey.kid, alg: 'RS256' });
    expect(payload).toEqual({
      sub,
      'cognito:groups': groups,
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001',
      version: 2,
      client_id: 'webapp',
      origin_jti: uuid,
      event_id: uuid,
      token_use: 'access',
      scope: scopes.join(' '),
      auth_time: signInTime,
      exp: signInTime + 600,
      iat: signInTime,
      jti: uuid,
      username: 'ada',
    });
  });

  it('has each requested scope once', async () => {
    const { access_token } = await given.app.newTokens({ scope: `${readThings} openid ${readThings}` });
    expect(decodeJwt(access_token).payload).toMatchObject({ scope: `${readThings} openid` });
  });

  it('has the time of the sign-in when it is issued for a session', async () => {
    given.later(3000);
    const { payload } = decodeJwt((await given.app.newTokens()).access_token);
    expect(payload).toMatchObject({ auth_time: signInTime, iat: signInTime + 3000, exp: signInTime + 3600 });
  });

  it.each(['https://api.example.com', 'http://localhost:3000/mcp', 'myapp://resource'])(
    'is bound to the requested resource %s in both flows',
    async (resource) => {
      for (const tokens of [
        await given.app.newTokens({ resource }),
        await given.app.newImplicitTokens({ resource }),
      ]) {
        expect(decodeJwt(tokens.access_token).payload).toMatchObject({ aud: resource });
        expect(decodeJwt(tokens.id_token).payload).toMatchObject({ aud: 'webapp' });
      }
    },
  );

  it('has no groups claim for a user without groups', async () => {
    await given.app.signIn({}, 'loner');
    const { access_token, id_token } = await given.app.newTokens();
    for (const token of [access_token, id_token])
      expect(decodeJwt(token).payload).not.toHaveProperty(['cognito:groups']);
  });

  it('has no origin_jti when token revocation is disabled', async () => {
    const { access_token, id_token } = await given.app.newTokens({ client_id: 'irrevocable' });
    for (const token of [access_token, id_token])
      expect(decodeJwt(token).payload).not.toHaveProperty('origin_jti');
  });
});

describe('an ID token', () => {
  it('has the claims of Cognito, and is signed with the other key of the pool', async () => {
    const { id_token, access_token } = await given.app.newTokens({
      nonce: 'n-0S6_WzA2Mj',
      scope: 'openid email',
    });
    const { header, payload } = decodeJwt(id_token);
    const access = decodeJwt(access_token).payload as Record<string, unknown>;
    const [idKey] = (await jwks()).keys;
    expect(header).toEqual({ kid: idKey.kid, alg: 'RS256' });
    expect(payload).toEqual({
      email: 'ada@example.com',
      email_verified: true,
      at_hash: createHash('sha256').update(access_token).digest().subarray(0, 16).toString('base64url'),
      sub,
      'cognito:groups': groups,
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001',
      'cognito:username': 'ada',
      nonce: 'n-0S6_WzA2Mj',
      origin_jti: access['origin_jti'],
      aud: 'webapp',
      event_id: access['event_id'],
      token_use: 'id',
      auth_time: signInTime,
      exp: signInTime + 900,
      iat: signInTime,
      jti: uuid,
    });
    expect((payload as typeof access)['jti']).not.toBe(access['jti']);
  });

  it('has the nonce of the request, also in the implicit flow, and none without one', async () => {
    const { id_token } = await given.app.newImplicitTokens({ nonce: 'n' });
    expect(decodeJwt(id_token).payload).toMatchObject({ nonce: 'n' });
    expect(decodeJwt((await given.app.newTokens()).id_token).payload).not.toHaveProperty('nonce');
  });

  it.each([
    ['openid', Object.keys(attributes)],
    [`openid ${readThings}`, Object.keys(attributes)],
    ['openid email', ['email', 'email_verified']],
    ['openid phone', ['phone_number', 'phone_number_verified']],
    ['openid profile', ['name', 'custom:team']],
    ['openid profile email', ['email', 'email_verified', 'name', 'custom:team']],
  ])('for the scopes %s has the attributes %j', async (scope, expected) => {
    const { id_token } = await given.app.newTokens({ scope });
    const claims = Object.keys(decodeJwt(id_token).payload);
    expect(claims.filter((name) => name in attributes)).toEqual(expected);
  });
});

describe.each(['ORIGINAL', 'UPDATED'] as const)('with the %s issuer', (issuer) => {
  it.each([
    ['access', 'access_token'],
    ['id', 'id_token'],
  ] as const)('the verifier for Cognito accepts the %s token', async (tokenUse, name) => {
    given.domain.changePool((pool) => {
      pool.issuer = issuer;
    });
    const verifier = CognitoJwtVerifier.create({
      userPoolId: 'eu-central-1_Local0001',
      tokenUse,
      clientId: 'webapp',
    });
    verifier.cacheJwks(await jwks());
    for (const tokens of [await given.app.newTokens(), await given.app.newImplicitTokens()]) {
      const claims = await verifier.verify(tokens[name]);
      expect(claims.sub).toBe(sub);
      expect(claims.iss.startsWith('https://issuer-')).toBe(issuer === 'UPDATED');
    }
  });
});

async function jwks() {
  const response = await fetch(`${given.domain.url}/eu-central-1_Local0001/.well-known/jwks.json`);
  return (await response.json()) as Parameters<
    ReturnType<typeof CognitoJwtVerifier.create>['cacheJwks']
  >[0] & {
    keys: [{ kid: string }, { kid: string }];
  };
}
