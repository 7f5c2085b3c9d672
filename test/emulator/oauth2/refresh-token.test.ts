import { openUserPools } from '../../../emulator/store/store';
import { decodeJwt, secrets, startDomain } from '../support/domain';
import { basic, signedInWebApp, signInTime, WebApp } from '../support/web-app';

const jwt = expect.stringMatching(/^ey[\w-]+\.ey[\w-]+\.[\w-]+$/);
const given = signedInWebApp();

describe('a refresh token', () => {
  it('gets new tokens of the same sign-in, and no other refresh token', async () => {
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

  it('is good again and again, also after a restart', async () => {
    const { refresh_token } = await given.app.newTokens();
    expect((await given.app.refresh(refresh_token)).status).toBe(200);
    const restarted = await startDomain(...openUserPools(given.domain.stateFile).state.userPools);
    const answer = await new WebApp(restarted.url).refresh(refresh_token);
    await restarted.stop();
    expect(answer.status).toBe(200);
  });

  it('gets the groups that the user is in by now', async () => {
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
  ])('after %s s is answered with %s', async (seconds, status) => {
    const { refresh_token } = await given.app.newTokens();
    given.later(seconds);
    expect((await given.app.refresh(refresh_token)).status).toBe(status);
  });

  it.each([
    [
      'from another client',
      async () => given.app.refresh((await given.app.newTokens()).refresh_token, 'other'),
      'invalid_grant',
    ],
    ['that nobody issued', async () => given.app.refresh('x'), 'invalid_grant'],
    [
      'that is an access token',
      async () => given.app.refresh((await given.app.newTokens()).access_token),
      'invalid_grant',
    ],
    ['that is missing', async () => given.app.refresh(''), 'invalid_request'],
    [
      'from a client without the code flow',
      async () => given.app.refresh((await given.app.newTokens()).refresh_token, 'implicitonly'),
      'unauthorized_client',
    ],
  ])('is refused %s', async (_what, send, error) => {
    const answer = await send();
    expect([answer.status, answer.body]).toEqual([400, { error }]);
  });

  it('is of no use when the user is disabled', async () => {
    const { refresh_token, access_token } = await given.app.newTokens();
    const code = await given.app.newCode();
    given.domain.changePool(({ users }) => {
      users[0]!.enabled = false;
    });
    const answers = [
      await given.app.refresh(refresh_token),
      await given.app.redeem(code),
      await given.app.userInfo(`Bearer ${access_token}`),
    ];
    expect(answers.map(({ body }) => body.error)).toEqual([
      'invalid_grant',
      'invalid_grant',
      'invalid_token',
    ]);
  });

  it('is kept as a digest only', async () => {
    const { refresh_token } = await given.app.newTokens();
    expect(JSON.stringify(given.domain.pool().refreshTokens)).not.toContain(refresh_token);
    expect(given.domain.log.join('')).not.toContain(refresh_token);
  });

  it('is forgotten when it has expired and another is issued', async () => {
    await given.app.newTokens();
    const [expiring] = given.domain.pool().refreshTokens.slice(-1);
    given.later(7200);
    await given.app.signIn();
    expect(given.domain.pool().refreshTokens).toContainEqual(expiring);
    await given.app.newTokens();
    expect(given.domain.pool().refreshTokens).not.toContainEqual(expiring);
  });

  it('makes room for the newest: a pool keeps a thousand', async () => {
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

describe('revocation', () => {
  it('ends a refresh token, and its access token at the userInfo endpoint', async () => {
    const [revoked, untouched] = [await given.app.newTokens(), await given.app.newTokens()];
    expect((await given.app.userInfo(`Bearer ${revoked.access_token}`)).status).toBe(200);

    const answer = await given.app.revoke(revoked.refresh_token);
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect((await given.app.refresh(revoked.refresh_token)).body).toEqual({ error: 'invalid_grant' });
    expect((await given.app.userInfo(`Bearer ${revoked.access_token}`)).body).toMatchObject({
      error: 'invalid_token',
    });
    expect((await given.app.refresh(untouched.refresh_token)).status).toBe(200);
    expect((await given.app.userInfo(`Bearer ${untouched.access_token}`)).status).toBe(200);
  });

  it.each([
    ['of a token twice', async (token: string) => (await given.app.revoke(token), given.app.revoke(token))],
    ['of a token that nobody issued', async () => given.app.revoke('x')],
  ])('%s succeeds', async (_what, send) => {
    const { status, headers } = await send((await given.app.newTokens()).refresh_token);
    expect([status, headers.get('Content-Length')]).toEqual([200, '0']);
  });

  it("of another client's token changes nothing, and does not say so", async () => {
    const { refresh_token } = await given.app.newTokens();
    expect((await given.app.revoke(refresh_token, 'other')).status).toBe(200);
    expect((await given.app.refresh(refresh_token)).status).toBe(200);
  });

  it.each([
    ['without a token', {}, 400, 'invalid_request'],
    ['where it is not enabled', { token: 'x', client_id: 'irrevocable' }, 400, 'invalid_request'],
    ['of an unknown client', { token: 'x', client_id: 'nobody' }, 401, 'invalid_client'],
    [
      'by the id alone of a client that has secrets',
      { token: 'x', client_id: 'confidential' },
      401,
      'invalid_client',
    ],
  ])('is refused %s', async (_what, form, status, error) => {
    const answer = await given.app.post('/oauth2/revoke', { client_id: 'webapp', ...form });
    expect([answer.status, answer.body]).toEqual([status, { error }]);
  });

  it.each(['access_token', 'id_token'] as const)('is refused of an %s', async (name) => {
    const answer = await given.app.revoke((await given.app.newTokens())[name]);
    expect([answer.status, answer.body]).toEqual([400, { error: 'unsupported_token_type' }]);
  });

  it('is open to a client with its secret', async () => {
    const answer = await given.app.post('/oauth2/revoke', { token: 'x' }, basic('confidential', secrets[1]));
    expect(answer.status).toBe(200);
  });

  it('is not taken by GET', async () => {
    expect((await fetch(`${given.domain.url}/oauth2/revoke`)).status).toBe(405);
  });
});
