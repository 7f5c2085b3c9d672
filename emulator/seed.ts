import { regionOf } from '../src/auth/issuers';
import { deployment } from './deployment';
import type { ScopeCatalogue } from './scope-catalogue';
import { newClient } from './store/client';
import { addClientSecret, hasSecret } from './store/client-secret';
import { findParameter, setParameter } from './store/parameter';
import { hashPassword } from './store/password';
import { randomId } from './store/random-id';
import { newSecret } from './store/secret';
import type { Client, State, UserPool } from './store/state';
import { loadState } from './store/state-file';
import type { Store } from './store/store';
import { findUser, newUser } from './store/user';
import { newUserPool } from './store/user-pool';

/** What the state is seeded with. */
export interface Seeds {
  /** For example `eu-central-1_Local0001`; it includes the Region. */
  poolId: string;
  issuer: UserPool['issuer'];
  /** The resource server's identifier, the prefix of each scope. */
  identifier: string;
  /** Where new third parties find the API and the token endpoint. */
  apiUrl: string;
  tokenUrl: string;
  /** Set when they must be known in advance. The default is a random value that is kept. */
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  operatorClientId?: string | undefined;
  operatorClientSecret?: string | undefined;
  webClientId?: string | undefined;
  userPassword?: string | undefined;
}

/** Later starts find them by these names. */
const machineClientName = 'third-party';
const operatorClientName = 'operator';
const webClientName = 'web-app';
const username = 'ada';

/**
 * Ensures that the state has the API's user pool with a domain, the scopes, a machine client, an operator client, an
 * interactive client, a user, and what the command line reads: the description of the deployment, and the operator's
 * credentials. Existing keys, ids, secrets and passwords are kept, except those that the seeds set. The permissions of the
 * three clients are reset.
 */
export function seed(store: Store, seeds: Seeds, catalogue: ScopeCatalogue): void {
  const now = store.now();
  store.change((state) => {
    const pool = seedPool(state, seeds, now);
    const { clientId, clientSecret, operatorClientId, operatorClientSecret } = seeds;
    seedMachineClient(pool, machineClientName, { id: clientId, secret: clientSecret }, now);
    seedWebClient(pool, seeds, now);
    seedMachineClient(pool, operatorClientName, { id: operatorClientId, secret: operatorClientSecret }, now);
    applyCatalogue(pool, seeds, catalogue);
    seedUser(state, pool, seeds, now);
    seedOperatorCredentials(state, pool, seeds, now);
    seedDescription(state, seeds, now);
  });
}

/**
 * Declares the scopes of a changed catalogue, and grants the seeded clients exactly these: the operator client those for
 * operators, the two others the rest. Scopes that were created
 * by other means are kept.
 */
export function seedScopes(store: Store, seeds: Seeds, catalogue: ScopeCatalogue): void {
  store.change((state) => {
    const pool = state.userPools.find(({ id }) => id === seeds.poolId);
    if (pool) applyCatalogue(pool, seeds, catalogue);
  });
}

/**
 * Reads what was seeded, to start the API and to call it.
 *
 * @throws Error when a part of it has been deleted since.
 */
export function readSeeded(stateFile: string, { poolId }: Seeds) {
  const state = loadState(stateFile);
  const pool = state?.userPools.find(({ id }) => id === poolId);
  const clientOf = (name: string) => pool?.clients.find(({ clientName }) => clientName === name);
  const machineClient = credentialsOf(clientOf(machineClientName));
  const operatorClient = credentialsOf(clientOf(operatorClientName));
  const webClient = clientOf(webClientName);
  const password = state && findUserPassword(state);
  if (!machineClient || !operatorClient || !webClient || password === undefined) {
    throw new Error(`${stateFile} lacks a part of what the emulator creates at each start.`);
  }
  return {
    machineClient,
    operatorClient,
    webClient,
    user: { username, password },
  };
}

function credentialsOf(client: Client | undefined) {
  const clientSecret = client?.secrets[0]?.value;
  return client && clientSecret
    ? { clientId: client.clientId, clientSecret, scopes: client.allowedOAuthScopes }
    : undefined;
}

function seedPool(state: State, { poolId, issuer }: Seeds, now: number): UserPool {
  let pool = state.userPools.find(({ id }) => id === poolId);
  if (!pool) {
    pool = newUserPool(poolId, 'cognito-resource-server', now);
    state.userPools.push(pool);
  }
  pool.issuer = issuer;
  pool.domain ??= 'local';
  return pool;
}

function applyCatalogue(pool: UserPool, { identifier }: Seeds, catalogue: ScopeCatalogue): void {
  let server = pool.resourceServers.find((server) => server.identifier === identifier);
  if (!server) {
    server = { identifier, name: 'api', scopes: [] };
    pool.resourceServers.push(server);
  }
  const declared = Object.entries(catalogue).map(([name, { description }]) => ({ name, description }));
  const others = server.scopes.filter(({ name }) => !Object.hasOwn(catalogue, name));
  server.scopes = [...declared, ...others];

  const scopesFor = (wanted: { operator: boolean }) =>
    Object.entries(catalogue)
      .filter(([, { operator }]) => operator === wanted.operator)
      .map(([name]) => `${identifier}/${name}`);
  const apiScopes = scopesFor({ operator: false });
  for (const client of pool.clients) {
    if (client.clientName === machineClientName) client.allowedOAuthScopes = apiScopes;
    if (client.clientName === operatorClientName) client.allowedOAuthScopes = scopesFor({ operator: true });
    if (client.clientName === webClientName)
      client.allowedOAuthScopes = ['openid', 'email', 'profile', ...apiScopes];
  }
}

function seedMachineClient(
  pool: UserPool,
  name: string,
  { id, secret }: { readonly id: string | undefined; readonly secret: string | undefined },
  now: number,
): void {
  const client = clientNamed(pool, name, now);
  client.allowedOAuthFlowsUserPoolClient = true;
  client.allowedOAuthFlows = ['client_credentials'];
  if (id) client.clientId = id;
  if (secret && !hasSecret(client, secret)) client.secrets = [];
  if (client.secrets.length === 0) addClientSecret(client, now, secret);
}

function seedWebClient(pool: UserPool, { webClientId }: Seeds, now: number): void {
  const client = clientNamed(pool, webClientName, now);
  client.allowedOAuthFlowsUserPoolClient = true;
  client.allowedOAuthFlows = ['code', 'implicit'];
  client.callbackUrls = ['http://localhost:3000/callback', 'http://127.0.0.1:8400/callback'];
  client.logoutUrls = ['http://localhost:3000/', 'http://127.0.0.1:8400/'];
  if (webClientId) client.clientId = webClientId;
}

function clientNamed(pool: UserPool, name: string, now: number): Client {
  let client = pool.clients.find(({ clientName }) => clientName === name);
  if (!client) {
    client = newClient(name, now);
    pool.clients.push(client);
  }
  return client;
}

/** The password is kept in Secrets Manager, since the pool has only its hash. */
function seedUser(state: State, pool: UserPool, { poolId, userPassword }: Seeds, now: number): void {
  const kept = findUserPassword(state);
  let user = findUser(pool, username);
  if (user && kept !== undefined && (userPassword ?? kept) === kept) return;
  if (!user) {
    user = newUser(username, { email: `${username}@example.com`, email_verified: 'true', name: 'Ada' }, now);
    pool.users.push(user);
  }
  const password = userPassword ?? kept ?? `${randomId(16)}-A1`;
  user.password = hashPassword(password);
  user.status = 'CONFIRMED';
  replaceSecret(state, regionOf(poolId), deployment.userPassword, password, now);
}

function findUserPassword({ secrets }: State): string | undefined {
  return secrets.find(({ name }) => name === deployment.userPassword)?.value;
}

/** Credentials that were rotated are kept: a client that has two secrets does not say which of them is in use. */
function seedOperatorCredentials(
  state: State,
  pool: UserPool,
  { poolId, apiUrl, tokenUrl }: Seeds,
  now: number,
): void {
  const client = pool.clients.find(({ clientName }) => clientName === operatorClientName);
  const first = client?.secrets[0];
  if (!client || !first) return;
  const stored = state.secrets.find(({ name }) => name === deployment.operatorCredentials);
  const kept = JSON.parse(stored?.value ?? '{}') as Partial<Record<string, unknown>>;
  const { value: clientSecret } = client.secrets.find(({ value }) => value === kept['clientSecret']) ?? first;
  const needed = { apiUrl, tokenUrl, clientId: client.clientId, clientSecret };
  if (Object.entries(needed).every(([member, value]) => kept[member] === value)) return;
  replaceSecret(state, regionOf(poolId), deployment.operatorCredentials, JSON.stringify(needed), now);
}

function replaceSecret(state: State, region: string, name: string, value: string, now: number): void {
  state.secrets = state.secrets.filter((secret) => secret.name !== name);
  state.secrets.push(newSecret(region, name, value, now));
}

function seedDescription(state: State, seeds: Seeds, now: number): void {
  const region = regionOf(seeds.poolId);
  const value = JSON.stringify({
    userPoolId: seeds.poolId,
    resourceServerIdentifier: seeds.identifier,
    tokenUrl: seeds.tokenUrl,
    apiUrl: seeds.apiUrl,
  });
  if (findParameter(state, region, deployment.description)?.value === value) return;
  setParameter(state, region, deployment.description, { type: 'String', value }, now);
}
