import { readSeeded } from '../../emulator/seed';
import { readEmulatorSettings } from '../../emulator/settings';
import { addClientSecret } from '../../emulator/store/client-secret';
import { verifyPassword } from '../../emulator/store/password';
import { jwksOf } from '../../emulator/tokens/jwks';
import { newStateFile, openSeeded, scopeCatalogue, seededStateFile } from './support/seeded-emulator';

const identifier = 'https://api.example.com';
const scopesFor = (wanted: { readonly operator: boolean }) =>
  Object.entries(scopeCatalogue)
    .filter(([, { operator }]) => operator === wanted.operator)
    .map(([name]) => `${identifier}/${name}`);
const apiScopes = scopesFor({ operator: false });
const { seeds } = readEmulatorSettings({});

describe('the first start', () => {
  it("creates a pool with a domain, the API's scopes and a machine client like those of Cognito", () => {
    const pool = openSeeded(newStateFile()).pool();
    expect(pool).toMatchObject({ id: 'eu-central-1_Local0001', domain: 'local', issuer: 'ORIGINAL' });
    expect(pool.resourceServers).toEqual([
      {
        identifier,
        name: 'api',
        scopes: Object.entries(scopeCatalogue).map(([name, { description }]) => ({ name, description })),
      },
    ]);
    expect(pool.clients[0]).toMatchObject({
      clientId: expect.stringMatching(/^[a-z0-9]{26}$/),
      clientName: 'third-party',
      secrets: [{ value: expect.stringMatching(/^[a-z0-9]{51}$/) }],
      allowedOAuthFlows: ['client_credentials'],
      allowedOAuthScopes: apiScopes,
      accessTokenValiditySeconds: 3600,
    });
  });

  it('creates a public client for users, and a user who can sign in', () => {
    const stateFile = seededStateFile();
    const pool = openSeeded(stateFile).pool();
    expect(pool.clients[1]).toMatchObject({
      clientName: 'web-app',
      secrets: [],
      allowedOAuthFlows: ['code', 'implicit'],
      allowedOAuthScopes: ['openid', 'email', 'profile', ...apiScopes],
      callbackUrls: ['http://localhost:3000/callback', 'http://127.0.0.1:8400/callback'],
    });
    const { user, webClient } = readSeeded(stateFile, seeds);
    expect(webClient).toEqual(pool.clients[1]);
    expect(pool.users).toMatchObject([
      { username: 'ada', attributes: { email: 'ada@example.com' }, status: 'CONFIRMED' },
    ]);
    expect(verifyPassword(user.password, pool.users[0]!.password)).toBe(true);
    expect(verifyPassword(`${user.password}x`, pool.users[0]!.password)).toBe(false);
  });

  it('creates an operator client, which alone has the scopes for operators', () => {
    const stateFile = seededStateFile();
    const pool = openSeeded(stateFile).pool();
    const operatorScopes = scopesFor({ operator: true });
    expect(operatorScopes).toEqual([`${identifier}/clients.read`, `${identifier}/clients.write`]);
    expect(pool.clients[2]).toMatchObject({
      clientName: 'operator',
      secrets: [{ value: expect.any(String) }],
      allowedOAuthFlows: ['client_credentials'],
      allowedOAuthScopes: operatorScopes,
    });
    expect(readSeeded(stateFile, seeds).operatorClient).toEqual({
      clientId: pool.clients[2]!.clientId,
      clientSecret: pool.clients[2]!.secrets[0]!.value,
      scopes: operatorScopes,
    });
    for (const client of pool.clients.slice(0, 2))
      expect(client.allowedOAuthScopes).toEqual(expect.not.arrayContaining(operatorScopes));
  });

  it('describes the deployment in the Parameter Store, for the command line', () => {
    const { store } = openSeeded(undefined, {
      PUBLIC_URL: 'http://127.0.0.1:3100',
      LOCAL_COGNITO_PORT: '4100',
    });
    const [deployment, ...others] = store.state.parameters;
    expect([deployment!.name, others]).toEqual(['/cognito-resource-server/deployment', []]);
    expect(JSON.parse(deployment!.value)).toEqual({
      userPoolId: 'eu-central-1_Local0001',
      resourceServerIdentifier: identifier,
      tokenUrl: 'http://127.0.0.1:4100/oauth2/token',
      apiUrl: 'http://127.0.0.1:3100',
    });
  });
});

describe('the credentials of the operator client', () => {
  const name = 'cognito-resource-server/operator';
  const urls = { apiUrl: 'http://localhost:3000', tokenUrl: 'http://127.0.0.1:4000/oauth2/token' };
  const stored = ({ store }: Pick<ReturnType<typeof openSeeded>, 'store'>): unknown =>
    JSON.parse(store.state.secrets.find((secret) => secret.name === name)!.value);

  it('are in Secrets Manager', () => {
    const seeded = openSeeded();
    const { clientId, secrets } = seeded.pool().clients[2]!;
    expect(stored(seeded)).toEqual({ ...urls, clientId, clientSecret: secrets[0]!.value });
  });

  it('are kept at a later start if they were rotated, until their secret is removed', () => {
    const stateFile = seededStateFile();
    const { store, pool } = openSeeded(stateFile);
    const { clientId } = pool().clients[2]!;
    const newer = store.change(({ userPools, secrets }) => {
      const secret = addClientSecret(userPools[0]!.clients[2]!, store.now());
      const kept = secrets.find((secret) => secret.name === name)!;
      kept.value = JSON.stringify({ ...urls, clientId, clientSecret: secret.value });
      return secret;
    });
    expect(stored(openSeeded(stateFile))).toMatchObject({ clientSecret: newer.value });

    store.change(({ userPools }) => userPools[0]!.clients[2]!.secrets.pop());
    const [first] = pool().clients[2]!.secrets;
    expect(stored(openSeeded(stateFile))).toMatchObject({ clientSecret: first!.value });
  });

  it('follow the address of the API', () => {
    const stateFile = seededStateFile();
    const { store, pool } = openSeeded(stateFile, { PUBLIC_URL: 'http://127.0.0.1:3100' });
    expect(stored({ store })).toMatchObject({
      apiUrl: 'http://127.0.0.1:3100',
      clientId: pool().clients[2]!.clientId,
    });
  });
});

describe('a later start', () => {
  it('adds the operator client to a state that has none', () => {
    const stateFile = seededStateFile();
    const { store } = openSeeded(stateFile);
    const [operator] = store.change(({ userPools }) => userPools[0]!.clients.splice(2));
    openSeeded(stateFile);
    expect(readSeeded(stateFile, seeds).operatorClient.clientId).not.toBe(operator!.clientId);
  });

  it('keeps keys, clients and passwords', () => {
    const stateFile = seededStateFile();
    const before = openSeeded(stateFile).pool();
    const after = openSeeded(stateFile).pool();
    expect(jwksOf(after)).toEqual(jwksOf(before));
    expect(after.accessKey.equals(before.accessKey)).toBe(true);
    expect(after.clients).toEqual(before.clients);
    expect(after.users).toEqual(before.users);
  });

  it('adds new scopes of the API, and keeps scopes that were created by other means', () => {
    const stateFile = seededStateFile();
    const { store, pool } = openSeeded(stateFile);
    const other = { name: 'created.elsewhere', description: 'Not in the catalogue' };
    store.change(({ userPools }) => {
      const [{ resourceServers, clients }] = userPools as [(typeof userPools)[number]];
      resourceServers[0]!.scopes = [other];
      clients[0]!.allowedOAuthScopes = [];
    });
    const clientId = pool().clients[0]!.clientId;
    const restarted = openSeeded(stateFile).pool();
    expect(restarted.resourceServers[0]!.scopes.map(({ name }) => name)).toEqual([
      ...Object.keys(scopeCatalogue),
      other.name,
    ]);
    expect(restarted.clients[0]).toMatchObject({ clientId, allowedOAuthScopes: apiScopes });
  });

  it('replaces what was deleted', () => {
    const stateFile = seededStateFile();
    const { store } = openSeeded(stateFile);
    store.change((state) => Object.assign(state, { userPools: [], secrets: [] }));
    expect(() => readSeeded(stateFile, seeds)).toThrow('lacks a part of what the emulator creates');
    openSeeded(stateFile);
    const { machineClient } = readSeeded(stateFile, seeds);
    expect(machineClient.clientId).toMatch(/^[a-z0-9]{26}$/);
  });

  it('keeps both secrets of a client whose secret comes from the environment', () => {
    const stateFile = seededStateFile();
    const env = { LOCAL_CLIENT_SECRET: 'a-secret-of-24-characters' };
    const { store, pool } = openSeeded(stateFile, env);
    store.change(({ userPools }) => addClientSecret(userPools[0]!.clients[0]!, store.now()));
    const { secrets } = pool().clients[0]!;
    expect(secrets).toHaveLength(2);
    expect(openSeeded(stateFile, env).pool().clients[0]!.secrets).toEqual(secrets);
  });

  it('takes over client ids, secret and password from the environment', () => {
    const stateFile = seededStateFile();
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
