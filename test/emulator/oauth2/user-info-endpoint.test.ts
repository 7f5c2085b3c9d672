import { readThings, secrets } from '../support/domain';
import { attributes, basic, signedInWebApp, sub } from '../support/web-app';

const given = signedInWebApp();

describe('the userInfo endpoint', () => {
  it.each(['GET', 'POST'])(
    'returns to %s the attributes that the scopes grant, as strings',
    async (method) => {
      const { access_token } = await given.app.newTokens({ scope: 'openid email' });
      const { status, headers, body } = await given.app.userInfo(`Bearer ${access_token}`, method);
      expect([status, body]).toEqual([
        200,
        { email: 'ada@example.com', email_verified: 'true', sub, username: 'ada' },
      ]);
      expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
      expect(headers.get('Cache-Control')).toBe('no-store');
    },
  );

  it('returns all attributes for openid alone, also in the implicit flow', async () => {
    const { access_token } = await given.app.newImplicitTokens({ scope: 'openid' });
    expect((await given.app.userInfo(`Bearer ${access_token}`)).body).toEqual({
      ...attributes,
      sub,
      username: 'ada',
    });
  });

  it.each([
    ['a request without a token', undefined],
    ['another scheme', 'Basic eDp5'],
    ['an empty token', 'Bearer'],
  ])('refuses %s with invalid_request', async (_what, authorization) => {
    const { status, headers, body } = await given.app.userInfo(authorization);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer error="invalid_request", error_description="/);
  });

  it.each([
    ['an ID token', async () => (await given.app.newTokens()).id_token],
    ['a token without openid', async () => (await given.app.newTokens({ scope: readThings })).access_token],
    ['a token of a machine client', async () => machineToken()],
    [
      'a token with another signature',
      async () => (await given.app.newTokens()).access_token.replace(/.{8}$/, 'AAAAAAAA'),
    ],
    ['a token that is not a JWT', async () => 'x'],
    ['a JWT without a client', async () => 'e30.e30.x'],
  ])('refuses %s with invalid_token', async (_what, get) => {
    const { status, headers, body } = await given.app.userInfo(`Bearer ${await get()}`);
    expect([status, body.error]).toEqual([401, 'invalid_token']);
    expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer error="invalid_token", error_description="/);
  });

  it.each([
    [599, 200],
    [600, 401],
  ])('responses a token with a lifetime of 600 s after %s s with status %s', async (seconds, status) => {
    const { access_token } = await given.app.newTokens();
    given.later(seconds);
    expect((await given.app.userInfo(`Bearer ${access_token}`)).status).toBe(status);
  });

  it('does not accept PUT', async () => {
    expect((await given.app.userInfo(undefined, 'PUT')).status).toBe(405);
  });

  async function machineToken(): Promise<string> {
    const { body } = await given.app.post(
      '/oauth2/token',
      { grant_type: 'client_credentials' },
      basic('machine', secrets[0]),
    );
    return body.access_token;
  }
});

describe.each([
  ['/oauth2/token', 'POST'],
  ['/oauth2/revoke', 'POST'],
  ['/oauth2/userInfo', 'GET, POST'],
])('web pages of any origin', (path, methods) => {
  it(`may preflight ${path}`, async () => {
    const { status, headers } = await fetch(given.domain.url + path, { method: 'OPTIONS' });
    expect(status).toBe(204);
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(headers.get('Access-Control-Allow-Methods')).toBe(methods);
    expect(headers.get('Access-Control-Allow-Headers')).toBe('Authorization, Content-Type');
  });
});
