import { createHash } from 'node:crypto';
import { callback, decodeJwt, readThings, secrets } from '../support/domain';
import { basic, signedInWebApp } from '../support/web-app';

const verifier = 'a-verifier-of-at-least-43-characters.~_-0123';
const pkce = {
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
};
const jwt = expect.stringMatching(/^ey[\w-]+\.ey[\w-]+\.[\w-]+$/);
const given = signedInWebApp();

describe('an authorization code', () => {
  it('is redeemed for three tokens, which are not cached', async () => {
    const { status, headers, body } = await given.app.redeem(await given.app.newCode());
    expect([status, body]).toEqual([
      200,
      {
        id_token: jwt,
        access_token: jwt,
        refresh_token: expect.stringMatching(/^[\w-]{86}$/),
        expires_in: 600,
        token_type: 'Bearer',
      },
    ]);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
  });

  it('for scopes without openid is redeemed without an ID token', async () => {
    const { body } = await given.app.redeem(await given.app.newCode({ scope: readThings }));
    expect(Object.keys(body)).toEqual(['access_token', 'expires_in', 'token_type', 'refresh_token']);
  });

  it('is redeemed with the verifier of its code challenge', async () => {
    expect((await given.app.redeem(await given.app.newCode(pkce), { code_verifier: verifier })).status).toBe(
      200,
    );
  });

  it('is redeemed by a public client that sends its id by HTTP Basic', async () => {
    expect((await given.app.redeem(await given.app.newCode(), {}, basic('webapp', ''))).status).toBe(200);
  });

  it.each(secrets)('is redeemed by a confidential client with %s', async (secret) => {
    const code = await given.app.newCode({ client_id: 'confidential' });
    const response = await given.app.redeem(
      code,
      { client_id: 'confidential' },
      basic('confidential', secret),
    );
    expect(response.status).toBe(200);
  });

  it.each([
    [
      'another redirect_uri',
      {},
      { redirect_uri: `${callback}/2` },
      { error: 'unauthorized_client', error_description: 'invalid_redirect' },
    ],
    ['another client', {}, { client_id: 'other' }],
    ['a wrong verifier', pkce, { code_verifier: verifier.replace('a', 'b') }],
    ['the challenge as verifier', pkce, { code_verifier: pkce.code_challenge }],
    ['no verifier despite its code challenge', pkce, {}],
    ['a verifier although it has no code challenge', {}, { code_verifier: verifier }],
  ])(
    'is refused and consumed with %s',
    async (_what, requested, changes, refusal: object = { error: 'invalid_grant' }) => {
      const code = await given.app.newCode(requested);
      const response = await given.app.redeem(code, changes);
      expect([response.status, response.body]).toEqual([400, refusal]);
      const retried = await given.app.redeem(
        code,
        'code_challenge' in requested ? { code_verifier: verifier } : {},
      );
      expect(retried.body).toEqual({ error: 'invalid_grant' });
    },
  );

  it('is refused with a verifier shorter than RFC 7636 allows', async () => {
    const short = 'v'.repeat(42);
    const code = await given.app.newCode({
      ...pkce,
      code_challenge: createHash('sha256').update(short).digest('base64url'),
    });
    expect((await given.app.redeem(code, { code_verifier: short })).body).toEqual({ error: 'invalid_grant' });
  });

  it.each([
    ['the resource of its request', { resource: 'https://api.example.com' }],
    ['a resource although its request has none', {}],
  ])('is redeemed for an access token that is bound to %s', async (_what, requested) => {
    const resource = 'https://api.example.com';
    const { body } = await given.app.redeem(await given.app.newCode(requested), { resource });
    expect(decodeJwt(body.access_token).payload).toMatchObject({ aud: resource });
  });

  it.each([
    ['another resource', { resource: 'https://api.example.com' }, 'https://other.example.com'],
    ['a resource that is not a URL', {}, 'users'],
  ])('is refused with %s', async (_what, requested, resource) => {
    const response = await given.app.redeem(await given.app.newCode(requested), { resource });
    expect([response.status, response.body]).toEqual([400, { error: 'invalid_request' }]);
  });

  it('is redeemed only once, and its tokens stay valid after a second attempt', async () => {
    const code = await given.app.newCode();
    const { body } = await given.app.redeem(code);
    expect((await given.app.redeem(code)).body).toEqual({ error: 'invalid_grant' });
    expect((await given.app.refresh(body.refresh_token)).status).toBe(200);
  });

  it.each([
    [299, 200],
    [300, 400],
  ])('is answered after %s s with status %s', async (seconds, status) => {
    const code = await given.app.newCode();
    given.later(seconds);
    expect((await given.app.redeem(code)).status).toBe(status);
  });

  it.each([
    ['without code', { code: '' }, undefined, 'invalid_request'],
    ['without redirect_uri', { redirect_uri: '' }, undefined, 'invalid_request'],
    ['with a code that was never issued', { code: 'x' }, undefined, 'invalid_grant'],
    ['from an unknown client', { client_id: 'unknown' }, undefined, 'invalid_client'],
    ['without client_id', { client_id: '' }, undefined, 'invalid_client'],
    [
      'from a confidential client that sends its id alone',
      { client_id: 'confidential' },
      undefined,
      'invalid_client',
    ],
    ['with a wrong secret', { client_id: 'confidential' }, basic('confidential', 'wrong'), 'invalid_client'],
    ['from a public client that sends a secret', {}, basic('webapp', 'secret'), 'invalid_client'],
    [
      'from a client with the implicit flow only',
      { client_id: 'implicitonly' },
      undefined,
      'unauthorized_client',
    ],
    ['from a machine client', { client_id: 'machine' }, basic('machine', secrets[0]), 'unauthorized_client'],
  ])('is refused %s', async (_what, changes, authorization, error) => {
    const response = await given.app.redeem(await given.app.newCode(), changes, authorization);
    expect([response.status, response.body]).toEqual([400, { error }]);
  });

  it('is not consumed by a client that fails to authenticate', async () => {
    const code = await given.app.newCode({ client_id: 'confidential' });
    await given.app.redeem(code, { client_id: 'confidential' }, basic('confidential', 'wrong'));
    const response = await given.app.redeem(
      code,
      { client_id: 'confidential' },
      basic('confidential', secrets[0]),
    );
    expect(response.status).toBe(200);
  });
});
