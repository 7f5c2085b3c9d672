import { decodeJwt } from '../support/domain';
import { signedInWebApp, signInTime } from '../support/web-app';

const given = signedInWebApp();

/** Refreshes with a token of the client. @returns the status, and the new refresh token */
async function refresh(token: string, client_id = 'rotating'): Promise<[number, string]> {
  const { status, body } = await given.app.refresh(token, { client_id });
  return [status, body.refresh_token];
}

const newToken = async (client_id = 'rotating') => (await given.app.newTokens({ client_id })).refresh_token;

describe('with refresh-token rotation', () => {
  it('each refresh returns a new refresh token of the same sign-in', async () => {
    const first = await given.app.newTokens({ client_id: 'rotating' });
    given.later(60);
    const { body: second } = await given.app.refresh(first.refresh_token, { client_id: 'rotating' });
    const { body: third } = await given.app.refresh(second.refresh_token, { client_id: 'rotating' });
    expect(new Set([first, second, third].map(({ refresh_token }) => refresh_token)).size).toBe(3);
    const { origin_jti } = decodeJwt(first.access_token).payload as Record<string, unknown>;
    expect(decodeJwt(third.access_token).payload).toMatchObject({ origin_jti, auth_time: signInTime });
  });

  it('the tokens have an origin_jti even when token revocation is disabled', async () => {
    const { access_token, id_token } = await given.app.newTokens({ client_id: 'rotatingatonce' });
    for (const token of [access_token, id_token])
      expect(decodeJwt(token).payload).toHaveProperty('origin_jti', expect.any(String));
  });

  it.each([
    [9, 200],
    [10, 400],
  ])('a retry %s s after the first use is answered with status %s', async (seconds, status) => {
    const token = await newToken();
    await refresh(token);
    given.later(seconds);
    expect((await refresh(token))[0]).toBe(status);
  });

  it('a retry does not extend the grace period', async () => {
    const token = await newToken();
    await refresh(token);
    given.later(9);
    await refresh(token);
    given.later(10);
    expect((await refresh(token))[0]).toBe(400);
  });

  it('without a grace period the refresh token is invalid after its first use', async () => {
    const token = await newToken('rotatingatonce');
    const [status, next] = await refresh(token, 'rotatingatonce');
    expect(status).toBe(200);
    expect((await refresh(token, 'rotatingatonce'))[0]).toBe(400);
    expect((await refresh(next, 'rotatingatonce'))[0]).toBe(200);
  });

  it.each([
    [7199, 200],
    [7200, 400],
  ])('a new refresh token, %s s after the sign-in, is answered with status %s', async (seconds, status) => {
    const token = await newToken();
    given.later(3600);
    const [, next] = await refresh(token);
    given.later(seconds);
    expect((await refresh(next))[0]).toBe(status);
  });

  it('revoking one refresh token revokes all of the sign-in', async () => {
    const first = await newToken();
    const [, second] = await refresh(first);
    const [, third] = await refresh(first);
    expect((await given.app.revoke(second, 'rotating')).status).toBe(200);
    for (const token of [first, second, third]) expect((await refresh(token))[0]).toBe(400);
  });
});
