import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname } from 'node:path';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import request from 'supertest';
import { readCognitoSettings } from '../../local/cognito/settings';
import { openUserPool } from '../../local/cognito/user-pool';
import { keptPoolOptions, makeCognito, poolOptions, readUsers, writeUsers } from './pool';

const rotateKeys = (app: Parameters<typeof request>[0]) =>
  request(app).post('/_control/rotate-keys').type('application/json');

describe('a user pool', () => {
  it('has a machine client like those of Cognito, with all scopes', () => {
    const { machineClient } = openUserPool(poolOptions());
    expect(machineClient).toEqual({
      clientId: expect.stringMatching(/^[a-z0-9]{26}$/),
      clientName: 'third-party',
      clientSecret: expect.stringMatching(/^[a-z0-9]{51}$/),
      allowedOAuthFlows: ['client_credentials'],
      allowedOAuthScopes: [readUsers, writeUsers],
      accessTokenValiditySeconds: 3600,
    });
  });

  it('keeps its keys and its client', () => {
    const options = keptPoolOptions();
    const pool = openUserPool(options);
    pool.rotateAccessKey();
    const reopened = openUserPool(options);
    expect(reopened.machineClient).toEqual(pool.machineClient);
    expect(reopened.publishedKeys()).toEqual(pool.publishedKeys());
    expect(reopened.accessKey().equals(pool.accessKey())).toBe(true);
  });

  it('gives its machine client the scopes that came since', () => {
    const options = { ...keptPoolOptions(), scopes: [readUsers] };
    const { clientId } = openUserPool(options).machineClient;
    const { machineClient } = openUserPool({ ...options, scopes: [readUsers, writeUsers] });
    expect(machineClient).toMatchObject({ clientId, allowedOAuthScopes: [readUsers, writeUsers] });
  });

  it('is kept in one file that only its owner may read', () => {
    const { stateFile } = keptPoolOptions();
    openUserPool(poolOptions({ stateFile }));
    expect(statSync(stateFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(stateFile))).toEqual(['state.json']);
  });

  it.each([
    ['is cut off', (text: string) => text.slice(0, text.length / 2)],
    ['is empty', () => ''],
    ['has no client list', (text: string) => text.replace('"clients"', '"customers"')],
    ['has a broken key', (text: string) => text.replace('"RSA"', '"EC"')],
    ['has a lifetime that Cognito does not allow', (text: string) => text.replace(': 3600', ': 299')],
  ])('is not opened, and not overwritten, when its file %s', (_what, damage) => {
    const options = keptPoolOptions();
    const { clientSecret } = openUserPool(options).machineClient;
    const damaged = damage(readFileSync(options.stateFile, 'utf8'));
    writeFileSync(options.stateFile, damaged);

    const opening = () => openUserPool(options);
    expect(opening).toThrow(`${options.stateFile} is damaged`);
    expect(opening).not.toThrow(clientSecret);
    expect(readFileSync(options.stateFile, 'utf8')).toBe(damaged);
  });

  it.each([
    [undefined, 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001'],
    [
      'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001',
      'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001',
    ],
  ])('has, chosen as %s, the issuer %s', (issuer, expected) => {
    expect(openUserPool({ ...keptPoolOptions(), issuer }).issuer).toBe(expected);
  });

  it.each([
    [{ id: 'local_x' }, '"local_x" is not a user pool id'],
    [{ issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-central-1_Local0001' }, 'The issuer of'],
  ])('refuses %j', (options, message) => {
    expect(() => openUserPool({ ...keptPoolOptions(), ...options })).toThrow(message);
  });
});

describe('the published keys', () => {
  it('are one for ID tokens and one for access tokens, in the form of Cognito', async () => {
    const { app, pool } = makeCognito();
    const { body } = await request(app).get(`/${pool.id}/.well-known/jwks.json`);
    expect(body.keys).toHaveLength(2);
    for (const key of body.keys) {
      expect(Object.keys(key)).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
      expect(key).toMatchObject({ alg: 'RS256', e: 'AQAB', kty: 'RSA', use: 'sig' });
      expect(Buffer.from(key.n, 'base64url')).toHaveLength(256);
      const required = `{"e":"${key.e}","kty":"RSA","n":"${key.n}"}`;
      expect(key.kid).toBe(createHash('sha256').update(required).digest('base64url'));
    }
  });

  it('of another pool are not there', async () => {
    const { app } = makeCognito();
    expect((await request(app).get('/eu-central-1_Other0001/.well-known/jwks.json')).status).toBe(404);
  });
});

it('the pool describes itself with its real issuer and endpoints that can be reached', async () => {
  const { app, pool } = makeCognito();
  const { body } = await request(app)
    .get(`/${pool.id}/.well-known/openid-configuration`)
    .set('Host', 'localhost:4000');
  expect(body).toMatchObject({
    issuer: pool.issuer,
    jwks_uri: `http://localhost:4000/${pool.id}/.well-known/jwks.json`,
    token_endpoint: 'http://localhost:4000/oauth2/token',
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  });
});

describe('rotating keys', () => {
  it('overlaps two access-token keys, and leaves the ID-token key', async () => {
    const { app, pool } = makeCognito();
    const kids = () => pool.publishedKeys().map(({ kid }) => kid);
    const [id, first] = kids();
    expect((await rotateKeys(app)).body).toEqual({ kids: kids() });
    const [, second] = kids();
    expect(kids()).toEqual([id, second, first]);
    await rotateKeys(app);
    expect(kids().slice(2)).toEqual([second]);
    expect(new Set([id, first, second, ...kids()]).size).toBe(4);
  });

  it('keeps tokens of the previous key valid, until the next rotation', async () => {
    const { app, pool, client, requestToken } = makeCognito();
    const { access_token } = (await requestToken()).body as { access_token: string };
    const verify = () => {
      const verifier = CognitoJwtVerifier.create({
        userPoolId: pool.id,
        tokenUse: 'access',
        clientId: client.clientId,
      });
      verifier.cacheJwks({ keys: pool.publishedKeys().map((key) => ({ ...key })) });
      return verifier.verifySync(access_token);
    };
    await rotateKeys(app);
    expect(verify()).toMatchObject({ sub: client.clientId });
    await rotateKeys(app);
    expect(verify).toThrow(/kid/);
  });

  it.each([
    ['a web page', { Origin: 'http://localhost:4000' }],
    ['a form', { 'Content-Type': 'text/plain' }],
  ])('is refused to %s', async (_who, headers) => {
    const { app, pool } = makeCognito();
    const before = pool.publishedKeys();
    expect((await rotateKeys(app).set(headers)).status).toBe(403);
    expect(pool.publishedKeys()).toEqual(before);
  });

  describe('over the network', () => {
    let server: Server;
    afterEach(() => server.close());

    it.each([
      ['::ffff:127.0.0.1', 'IPv6', 200],
      ['::1', 'IPv6', 200],
      ['192.0.2.1', 'IPv4', 403],
      ['::ffff:192.0.2.1', 'IPv6', 403],
    ])('from %s is answered as it should be', async (remoteAddress, remoteFamily, status) => {
      server = createServer(makeCognito().app).on('connection', (socket) =>
        Object.defineProperties(socket, {
          remoteAddress: { value: remoteAddress },
          remoteFamily: { value: remoteFamily },
        }),
      );
      expect((await rotateKeys(server)).status).toBe(status);
    });
  });
});

describe('a machine client that is given', () => {
  const given = { LOCAL_CLIENT_ID: 'givenclient', LOCAL_CLIENT_SECRET: 'a-secret-of-24-characters' };

  it('takes the place of the one that was kept', () => {
    const { pool } = readCognitoSettings(given);
    const { clientId, clientSecret } = openUserPool({
      ...pool,
      stateFile: keptPoolOptions().stateFile,
    }).machineClient;
    expect({ clientId, clientSecret }).toEqual({
      clientId: 'givenclient',
      clientSecret: 'a-secret-of-24-characters',
    });
  });

  it.each([
    ['LOCAL_CLIENT_ID', 'Not an id'],
    ['LOCAL_CLIENT_SECRET', 'too-short-for-a-secret!'],
  ])('is refused at the start with a wrong %s', (name, value) => {
    expect(() => readCognitoSettings({ ...given, [name]: value })).toThrow(name);
  });
});
