import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import request from 'supertest';
import { matchesPassword } from '../../emulator/store/password';
import { readSeeded } from '../../emulator/seed';
import { readCognitoSettings } from '../../emulator/settings';
import { publishedKeys } from '../../emulator/store/signing-key';
import { openUserPools } from '../../emulator/store/store';
import {
  type Cognito,
  keptStateFile,
  newStateFile,
  openSeeded,
  startCognito,
} from './support/seeded-emulator';

const readUsers = 'https://api.example.com/users.read';
const writeUsers = 'https://api.example.com/users.write';
const { seeds } = readCognitoSettings({});

describe('from the first start', () => {
  it('a pool has a domain, the scopes of the API and a machine client like those of Cognito', () => {
    const pool = openSeeded(newStateFile()).pool();
    expect(pool).toMatchObject({ id: 'eu-central-1_Local0001', domain: 'local', issuer: 'ORIGINAL' });
    expect(pool.resourceServers).toEqual([
      {
        identifier: 'https://api.example.com',
        name: 'api',
        scopes: expect.arrayContaining([{ name: 'users.read', description: 'Read users' }]),
      },
    ]);
    expect(pool.clients[0]).toMatchObject({
      clientId: expect.stringMatching(/^[a-z0-9]{26}$/),
      clientName: 'third-party',
      secrets: [{ value: expect.stringMatching(/^[a-z0-9]{51}$/) }],
      allowedOAuthFlows: ['client_credentials'],
      allowedOAuthScopes: [readUsers, writeUsers],
      accessTokenValiditySeconds: 3600,
    });
  });

  it('a person can sign in, with a client that has no secret', () => {
    const stateFile = keptStateFile();
    const pool = openSeeded(stateFile).pool();
    expect(pool.clients[1]).toMatchObject({
      clientName: 'web-app',
      secrets: [],
      allowedOAuthFlows: ['code', 'implicit'],
      allowedOAuthScopes: ['openid', 'email', 'profile', readUsers, writeUsers],
      callbackUrls: ['http://localhost:3000/callback', 'http://127.0.0.1:8400/callback'],
    });
    const { user, webClient } = readSeeded(stateFile, seeds);
    expect(webClient).toEqual(pool.clients[1]);
    expect(pool.users).toMatchObject([
      { username: 'ada', attributes: { email: 'ada@example.com' }, status: 'CONFIRMED' },
    ]);
    expect(matchesPassword(user.password, pool.users[0]!.password)).toBe(true);
    expect(matchesPassword(`${user.password}x`, pool.users[0]!.password)).toBe(false);
  });

  it('onboarding finds both clients and the deployment in the Parameter Store', () => {
    const { pools, pool } = openSeeded(undefined, {
      PUBLIC_URL: 'http://127.0.0.1:3100',
      LOCAL_COGNITO_PORT: '4100',
    });
    const [clientIds, deployment] = ['client-ids', 'deployment'].map(
      (name) =>
        pools.state.parameters.find((parameter) => parameter.name === `/cognito-resource-server/${name}`)
          ?.value,
    );
    expect(clientIds).toBe(
      pool()
        .clients.map(({ clientId }) => clientId)
        .join(),
    );
    expect(JSON.parse(deployment!)).toEqual({
      userPoolId: 'eu-central-1_Local0001',
      resourceServerIdentifier: 'https://api.example.com',
      tokenUrl: 'http://127.0.0.1:4100/oauth2/token',
      apiUrl: 'http://127.0.0.1:3100',
      cluster: 'local',
      service: 'local',
    });
  });
});

describe('a later start', () => {
  it('finds keys, clients and passwords as they were', () => {
    const stateFile = keptStateFile();
    const before = openSeeded(stateFile).pool();
    const after = openSeeded(stateFile).pool();
    expect(publishedKeys(after)).toEqual(publishedKeys(before));
    expect(after.accessKey.equals(before.accessKey)).toBe(true);
    expect(after.clients).toEqual(before.clients);
    expect(after.users).toEqual(before.users);
  });

  it('adds the scopes that came since, and leaves those that others made', () => {
    const stateFile = keptStateFile();
    const { pools, pool } = openSeeded(stateFile);
    const own = { name: 'orders.read', description: 'Read orders' };
    pools.change(({ userPools }) => {
      const [{ resourceServers, clients }] = userPools as [(typeof userPools)[number]];
      resourceServers[0]!.scopes = [own];
      clients[0]!.allowedOAuthScopes = [readUsers];
    });
    const clientId = pool().clients[0]!.clientId;
    const [server] = openSeeded(stateFile).pool().resourceServers;
    expect(server!.scopes.map(({ name }) => name)).toEqual(['users.read', 'users.write', 'orders.read']);
    expect(openSeeded(stateFile).pool().clients[0]).toMatchObject({
      clientId,
      allowedOAuthScopes: [readUsers, writeUsers],
    });
  });

  it('makes what was deleted anew, and lets a new client call', () => {
    const stateFile = keptStateFile();
    const { pools } = openSeeded(stateFile);
    pools.change((state) => Object.assign(state, { userPools: [], secrets: [] }));
    expect(() => readSeeded(stateFile, seeds)).toThrow('lacks what the stand-in has');
    openSeeded(stateFile);
    const { clientIds, machineClient } = readSeeded(stateFile, seeds);
    expect(clientIds.split(',')).toContain(machineClient.clientId);
  });

  it('leaves out who was disabled', () => {
    const stateFile = keptStateFile();
    const { pools } = openSeeded(stateFile);
    pools.change(({ parameters }) => {
      parameters.find(({ name }) => name.endsWith('client-ids'))!.value = 'none';
    });
    openSeeded(stateFile);
    expect(readSeeded(stateFile, seeds).clientIds).toBe('none');
  });
});

describe('the state', () => {
  it('is kept in one file that only its owner may read', () => {
    const stateFile = keptStateFile();
    openSeeded(stateFile);
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
    const stateFile = keptStateFile();
    const { clientSecret } = readSeeded(stateFile, seeds).machineClient;
    const damaged = damage(readFileSync(stateFile, 'utf8'));
    writeFileSync(stateFile, damaged);

    const opening = () => openUserPools(stateFile);
    expect(opening).toThrow(`${stateFile} is damaged`);
    expect(opening).not.toThrow(clientSecret);
    expect(readFileSync(stateFile, 'utf8')).toBe(damaged);
  });

  it('of one user pool only, as it was once, is said to be older', () => {
    const stateFile = newStateFile();
    writeFileSync(stateFile, JSON.stringify({ idKey: {}, accessKey: {}, clients: [] }));
    expect(() => openUserPools(stateFile)).toThrow(/older form.* Move it away/);
  });

  it('stays as it is when a change fails half-way, or cannot be kept', () => {
    const stateFile = keptStateFile();
    const { pools } = openSeeded(stateFile);
    const text = readFileSync(stateFile, 'utf8');
    const ids = () => pools.state.userPools.map(({ id }) => id);
    const halfWay = () =>
      pools.change((state) => {
        state.userPools = [];
        throw new Error('half-way');
      });
    expect(halfWay).toThrow('half-way');
    expect(ids()).toEqual(['eu-central-1_Local0001']);
    expect(readFileSync(stateFile, 'utf8')).toBe(text);

    rmSync(stateFile);
    mkdirSync(stateFile);
    expect(() => pools.change((state) => (state.userPools = []))).toThrow();
    expect(ids()).toEqual(['eu-central-1_Local0001']);
  });
});

describe('the settings', () => {
  const original = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001';
  const updated = 'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Local0001';

  it.each([
    [{}, 'ORIGINAL'],
    [{ COGNITO_ISSUER: original }, 'ORIGINAL'],
    [{ COGNITO_ISSUER: updated }, 'UPDATED'],
  ])('%j make the issuer %s', (env, issuer) => {
    expect(openSeeded(undefined, env).pool().issuer).toBe(issuer);
  });

  it.each(['us-gov-west-1_Local0001', 'eusc-de-east-1_Local0001'])('may name the pool %s', (id) => {
    expect(readCognitoSettings({ COGNITO_USER_POOL_ID: id }).seeds.poolId).toBe(id);
  });

  it.each([
    [{ COGNITO_USER_POOL_ID: 'local_x' }, '"local_x" is not a user pool id'],
    [{ COGNITO_ISSUER: original.replace('central', 'west') }, 'The issuer of'],
    [{ LOCAL_CLIENT_ID: 'Not an id' }, 'LOCAL_CLIENT_ID'],
    [{ LOCAL_CLIENT_SECRET: 'too-short-for-a-secret!' }, 'LOCAL_CLIENT_SECRET'],
    [{ LOCAL_WEB_CLIENT_ID: 'Not an id' }, 'LOCAL_WEB_CLIENT_ID'],
    [{ LOCAL_USER_PASSWORD: 'short' }, 'LOCAL_USER_PASSWORD'],
  ])('are refused: %j', (env, message) => {
    expect(() => readCognitoSettings(env)).toThrow(message);
  });

  it('that give clients and a password beforehand take the place of what was kept', () => {
    const stateFile = keptStateFile();
    openSeeded(stateFile, {
      LOCAL_CLIENT_ID: 'givenclient',
      LOCAL_CLIENT_SECRET: 'a-secret-of-24-characters',
      LOCAL_WEB_CLIENT_ID: 'givenwebapp',
      LOCAL_USER_PASSWORD: 'Given-password-1',
    });
    expect(readSeeded(stateFile, seeds)).toMatchObject({
      machineClient: { clientId: 'givenclient', clientSecret: 'a-secret-of-24-characters' },
      webClient: { clientId: 'givenwebapp' },
      user: { password: 'Given-password-1' },
    });
  });
});

describe('on its issuer host', () => {
  let cognito: Cognito;
  beforeAll(async () => {
    cognito = await startCognito();
  });
  afterAll(() => cognito.stop());

  it('a pool publishes one key for ID tokens and one for access tokens, in the form of Cognito', async () => {
    const { body } = await cognito.send(`/${cognito.pool().id}/.well-known/jwks.json`, {});
    expect(body.keys).toHaveLength(2);
    for (const key of body.keys) {
      expect(Object.keys(key)).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
      expect(key).toMatchObject({ alg: 'RS256', e: 'AQAB', kty: 'RSA', use: 'sig' });
      expect(Buffer.from(key.n, 'base64url')).toHaveLength(256);
      const required = `{"e":"${key.e}","kty":"RSA","n":"${key.n}"}`;
      expect(key.kid).toBe(createHash('sha256').update(required).digest('base64url'));
    }
  });

  it.each(['jwks.json', 'openid-configuration'])('a pool that does not exist has no %s', async (file) => {
    const { status } = await fetch(`${cognito.url}/eu-central-1_Other0001/.well-known/${file}`);
    expect(status).toBe(404);
  });

  it('a pool describes itself with its real issuer and endpoints that can be reached', async () => {
    const { id } = cognito.pool();
    const { body } = await request(cognito.url)
      .get(`/${id}/.well-known/openid-configuration`)
      .set('Host', 'localhost:4000');
    expect(body).toMatchObject({
      issuer: `https://cognito-idp.eu-central-1.amazonaws.com/${id}`,
      jwks_uri: `http://localhost:4000/${id}/.well-known/jwks.json`,
      token_endpoint: 'http://localhost:4000/oauth2/token',
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
  });

  it('a pool without a domain describes no endpoint of one', async () => {
    const { body } = await cognito.cognito('CreateUserPool', { PoolName: 'without' });
    const path = `/${body.UserPool.Id}/.well-known/openid-configuration`;
    const members = Object.keys((await cognito.send(path, {})).body);
    expect(members).toContain('jwks_uri');
    expect(members.filter((name) => name.endsWith('_endpoint'))).toEqual([]);
  });
});
