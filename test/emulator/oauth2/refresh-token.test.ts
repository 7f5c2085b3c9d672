import { openStore } from '../../../emulator/store/store';
import { decodeJwt, startDomain } from '../support/domain';
import { signedInWebApp, signInTime, WebApp } from '../support/web-app';

const jwt = expect.stringMatching(/^ey[\w-]+\.ey[\w-]+\.[\w-]+$/);
const given = signedInWebApp();

describe('a refresh token', () => {
  it('is redeemed for new tokens of the same sign-in, without another refresh token', async () => {
    const first = await given.app.newTokens({ scope: 'openid email', nonce: 'n' });
    given.later(60);
    const { status, body } = await given.app.refresh(first.refresh_token);
    expect([status, body]).toEqual([
      200,
      { id_token: jwt, access_token: jwt, expires_in: 600, token_type: 'Bearer' },
    ]);
    const before = decodeJwt(first.access_token).payload as Record<string, unknown>;
    expect(decodeJwt(body.access_token).payload).toMatchObject({
      scope: 'openid email',
      origin_jti: before['origin_jti'],
      auth_time: signInTime,
      iat: signInTime + 60,
      exp: signInTime + 660,
    });
    expect(decodeJwt(body.access_token).payload).not.toMatchObject({ jti: before['jti'] });
  });

  it('can be redeemed repeatedly, also after a restart', async () => {
    const { refresh_token } = await given.app.newTokens();
    expect((await given.app.refresh(refresh_token)).status).toBe(200);
    const restarted = await startDomain(...openStore(given.domain.stateFile).state.userPools);
    const response = await new WebApp(restarted.url).refresh(refresh_token);
    await restarted.stop();
    expect(response.status).toBe(200);
  });

  it('is redeemed for access tokens that are bound to the same resource', async () => {
    const resource = 'https://api.example.com';
    const { refresh_token } = await given.app.newTokens({ resource });
    for (const repeated of [{}, { resource }]) {
      const { body } = await given.app.refresh(refresh_token, repeated);
      expect(decodeJwt(body.access_token).payload).toMatchObject({ aud: resource });
    }
    const other = await given.app.refresh(refresh_token, { resource: 'https://other.example.com' });
    expect(other.body).toEqual({ error: 'invalid_request' });
  });

  it('is redeemed for tokens with the current groups of the user', async () => {
    const { refresh_token } = await given.app.newTokens();
    given.domain.changePool(({ users }) => {
      users[0]!.groups = ['admins'];
    });
    const { body } = await given.app.refresh(refresh_token);
    expect(decodeJwt(body.access_token).payload).toMatchObject({ 'cognito:groups': ['admins'] });
  });

  it.each([
    [7199, 200],
    [7200, 400],
  ])('is answered after %s s with status %s', async (seconds, status) => {
    const { refresh_token } = await given.app.newTokens();
    given.later(seconds);
    expect((await given.app.refresh(refresh_token)).status).toBe(status);
  });

  it.each([
    [
      'from another client',
      async () => given.app.refresh((await given.app.newTokens()).refresh_token, { client_id: 'other' }),
      'invalid_grant',
    ],
    ['that was never issued', async () => given.app.refresh('x'), 'invalid_grant'],
    [
      'when it is an access token',
      async () => given.app.refresh((await given.app.newTokens()).access_token),
      'invalid_grant',
    ],
    ['when it is missing', async () => given.app.refresh(''), 'invalid_request'],
    [
      'from a client without the code flow',
      async () =>
        given.app.refresh((await given.app.newTokens()).refresh_token, { client_id: 'implicitonly' }),
      'unauthorized_client',
    ],
  ])('is refused %s', async (_what, send, error) => {
    const response = await send();
    expect([response.status, response.body]).toEqual([400, { error }]);
  });

  it('is refused once the user is disabled, as are codes and access tokens', async () => {
    const { refresh_token, access_token } = await given.app.newTokens();
    const code = await given.app.newCode();
    given.domain.changePool(({ users }) => {
      users[0]!.enabled = false;
    });
    const responses = [
      await given.app.refresh(refresh_token),
      await given.app.redeem(code),
      await given.app.userInfo(`Bearer ${access_token}`),
    ];
    expect(responses.map(({ body }) => body.error)).toEqual([
      'invalid_grant',
      'invalid_grant',
      'invalid_token',
    ]);
  });

  it('is stored and logged as a digest only', async () => {
    const { refresh_token } = await given.app.newTokens();
    expect(JSON.stringify(given.domain.pool().refreshTokens)).not.toContain(refresh_token);
    expect(given.domain.log.join('')).not.toContain(refresh_token);
  });

  it('is removed when it has expired and another is issued', async () => {
    await given.app.newTokens();
    const [expiring] = given.domain.pool().refreshTokens.slice(-1);
    given.later(7200);
    await given.app.signIn();
    expect(given.domain.pool().refreshTokens).toContainEqual(expiring);
    await given.app.newTokens();
    expect(given.domain.pool().refreshTokens).not.toContainEqual(expiring);
  });

  it('is removed when the pool has issued a thousand newer ones', async () => {
    const { refresh_token } = await given.app.newTokens();
    const [first] = given.domain.pool().refreshTokens.slice(-1);
    given.domain.changePool((pool) => {
      pool.refreshTokens = [first!, ...Array.from({ length: 999 }, () => ({ ...first!, hash: 'x' }))];
    });
    const newest = await given.app.newTokens();
    expect(given.domain.pool().refreshTokens).toHaveLength(1000);
    expect((await given.app.refresh(refresh_token)).status).toBe(400);
    expect((await given.app.refresh(newest.refresh_token)).status).toBe(200);
  });
});
