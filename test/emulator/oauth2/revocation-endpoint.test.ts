import { secrets } from '../support/domain';
import { basic, signedInWebApp } from '../support/web-app';

const given = signedInWebApp();

describe('the revocation endpoint', () => {
  it('revokes a refresh token, and its access token at the userInfo endpoint', async () => {
    const [revoked, untouched] = [await given.app.newTokens(), await given.app.newTokens()];
    expect((await given.app.userInfo(`Bearer ${revoked.access_token}`)).status).toBe(200);

    const response = await given.app.revoke(revoked.refresh_token);
    expect([response.status, response.body]).toEqual([200, {}]);
    expect((await given.app.refresh(revoked.refresh_token)).body).toEqual({ error: 'invalid_grant' });
    expect((await given.app.userInfo(`Bearer ${revoked.access_token}`)).body).toMatchObject({
      error: 'invalid_token',
    });
    expect((await given.app.refresh(untouched.refresh_token)).status).toBe(200);
    expect((await given.app.userInfo(`Bearer ${untouched.access_token}`)).status).toBe(200);
  });

  it.each([
    ['a token twice', async (token: string) => (await given.app.revoke(token), given.app.revoke(token))],
    ['a token that was never issued', async () => given.app.revoke('x')],
  ])('reports success for %s', async (_what, send) => {
    const { status, headers } = await send((await given.app.newTokens()).refresh_token);
    expect([status, headers.get('Content-Length')]).toEqual([200, '0']);
  });

  it("reports success for another client's token without revoking it", async () => {
    const { refresh_token } = await given.app.newTokens();
    expect((await given.app.revoke(refresh_token, 'other')).status).toBe(200);
    expect((await given.app.refresh(refresh_token)).status).toBe(200);
  });

  it.each([
    ['a request without a token', {}, 400, 'invalid_request'],
    ['a client without token revocation', { token: 'x', client_id: 'irrevocable' }, 400, 'invalid_request'],
    ['an unknown client', { token: 'x', client_id: 'unknown' }, 401, 'invalid_client'],
    [
      'a confidential client that sends its id alone',
      { token: 'x', client_id: 'confidential' },
      401,
      'invalid_client',
    ],
  ])('refuses %s', async (_what, form, status, error) => {
    const response = await given.app.post('/oauth2/revoke', { client_id: 'webapp', ...form });
    expect([response.status, response.body]).toEqual([status, { error }]);
  });

  it.each(['access_token', 'id_token'] as const)('refuses an %s', async (name) => {
    const response = await given.app.revoke((await given.app.newTokens())[name]);
    expect([response.status, response.body]).toEqual([400, { error: 'unsupported_token_type' }]);
  });

  it('accepts a confidential client with its secret', async () => {
    const response = await given.app.post(
      '/oauth2/revoke',
      { token: 'x' },
      basic('confidential', secrets[1]),
    );
    expect(response.status).toBe(200);
  });

  it('does not accept GET', async () => {
    expect((await fetch(`${given.domain.url}/oauth2/revoke`)).status).toBe(405);
  });
});
