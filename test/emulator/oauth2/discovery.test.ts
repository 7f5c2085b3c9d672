import { createHash } from 'node:crypto';
import request from 'supertest';
import { type Emulator, startEmulator } from '../support/seeded-emulator';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

it('a pool publishes one key for ID tokens and one for access tokens, in the form of Cognito', async () => {
  const { body } = await emulator.send(`/${emulator.pool().id}/.well-known/jwks.json`, {});
  expect(body.keys).toHaveLength(2);
  for (const key of body.keys) {
    expect(Object.keys(key)).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(key).toMatchObject({ alg: 'RS256', e: 'AQAB', kty: 'RSA', use: 'sig' });
    expect(Buffer.from(key.n, 'base64url')).toHaveLength(256);
    const required = `{"e":"${key.e}","kty":"RSA","n":"${key.n}"}`;
    expect(key.kid).toBe(createHash('sha256').update(required).digest('base64url'));
  }
});

it.each(['jwks.json', 'openid-configuration'])('an unknown pool has no %s', async (file) => {
  const { status } = await fetch(`${emulator.url}/eu-central-1_Other0001/.well-known/${file}`);
  expect(status).toBe(404);
});

it('the OpenID configuration of a pool has the issuer of AWS and endpoints that can be reached', async () => {
  const { id } = emulator.pool();
  const { body } = await request(emulator.url)
    .get(`/${id}/.well-known/openid-configuration`)
    .set('Host', 'localhost:4000');
  expect(body).toMatchObject({
    issuer: `https://cognito-idp.eu-central-1.amazonaws.com/${id}`,
    jwks_uri: `http://localhost:4000/${id}/.well-known/jwks.json`,
    token_endpoint: 'http://localhost:4000/oauth2/token',
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  });
});

it('the OpenID configuration of a pool without a domain has no endpoint of a domain', async () => {
  const { body } = await emulator.cognitoIdp('CreateUserPool', { PoolName: 'without' });
  const path = `/${body.UserPool.Id}/.well-known/openid-configuration`;
  const members = Object.keys((await emulator.send(path, {})).body);
  expect(members).toContain('jwks_uri');
  expect(members.filter((name) => name.endsWith('_endpoint'))).toEqual([]);
});

it('every endpoint in the OpenID configuration exists', async () => {
  const { body } = await emulator.send(`/${emulator.pool().id}/.well-known/openid-configuration`, {});
  const endpoints = Object.entries(body as Record<string, string>).filter(([name]) =>
    name.endsWith('_endpoint'),
  );
  expect(endpoints.map(([name]) => name).sort()).toEqual([
    'authorization_endpoint',
    'end_session_endpoint',
    'revocation_endpoint',
    'token_endpoint',
    'userinfo_endpoint',
  ]);
  for (const [, url] of endpoints) expect([400, 405]).toContain((await fetch(url)).status);
});
