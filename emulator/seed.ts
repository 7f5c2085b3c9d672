import { scopes } from '../src/api/scopes';
import { regionOf } from '../src/auth/issuers';
import { newSecret } from './aws-api/secrets-manager/secrets-manager';
import { findParameter, setParameter } from './aws-api/ssm/ssm';
import { newClientSecret } from './store/client-secret';
import { deployment } from './deployment';
import { hashPassword } from './store/password';
import { randomText } from './store/random-text';
import { type Client, loadState, type State, type UserPool } from './store/state';
import { newUser } from './store/user';
import { newClient, newUserPool } from './store/user-pool';
import type { UserPools } from './store/store';

/** What is to be there from the start. */
export interface Seeds {
  /** For example `eu-central-1_Local0001`; the Region is part of it. */
  poolId: string;
  issuer: UserPool['issuer'];
  /** The resource server's identifier, which stands in front of each scope. */
  identifier: string;
  /** Where the API and the token endpoint are for whoever is onboarded. */
  apiUrl: string;
  tokenUrl: string;
  /** For who has to know them beforehand. Without them: chosen at random and kept. */
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  webClientId?: string | undefined;
  userPassword?: string | undefined;
}

/** Under these names they are found again. */
const machineClientName = 'third-party';
const webClientName = 'web-app';
const username = 'ada';

/**
 * Sees to it that the API's user pool is there, with a domain, the API's scopes, a machine client, a client for people,
 * one of these, and what onboarding finds in the Parameter Store. Keys, ids, secrets and passwords stay as they were,
 * but for those that are given; what the two clients may do is set anew, so that they have the scopes that came since.
 */
export function seed(pools: UserPools, seeds: Seeds): void {
  const now = pools.now();
  pools.change((state) => {
    const pool = seedPool(state, seeds, now);
    const before = pool.clients.map(({ clientId }) => clientId);
    const apiScopes = seedScopes(pool, seeds.identifier);
    seedMachineClient(pool, apiScopes, seeds, now);
    seedWebClient(pool, apiScopes, seeds, now);
    const added = pool.clients.map(({ clientId }) => clientId).filter((id) => !before.includes(id));
    seedUser(state, pool, seeds, now);
    seedParameters(state, seeds, added, now);
  });
}

/**
 * What the state has of it, for who calls and starts the API.
 *
 * @throws Error when something has been deleted since.
 */
export function readSeeded(stateFile: string, { poolId }: Seeds) {
  const state = loadState(stateFile);
  const pool = state?.userPools.find(({ id }) => id === poolId);
  const clientOf = (name: string) => pool?.clients.find(({ clientName }) => clientName === name);
  const machineClient = clientOf(machineClientName);
  const webClient = clientOf(webClientName);
  const clientIds = state && findParameter(state, regionOf(poolId), deployment.clientIds)?.value;
  const password = state && findUserPassword(state);
  const clientSecret = machineClient?.secrets[0]?.value;
  if (!machineClient || !clientSecret || !webClient || clientIds === undefined || password === undefined) {
    throw new Error(`${stateFile} lacks what the stand-in has at each start.`);
  }
  return {
    clientIds,
    machineClient: {
      clientId: machineClient.clientId,
      clientSecret,
      scopes: machineClient.allowedOAuthScopes,
    },
    webClient,
    user: { username, password },
  };
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

/** @returns The API's scopes, qualified. */
function seedScopes(pool: UserPool, identifier: string): string[] {
  let server = pool.resourceServers.find((server) => server.identifier === identifier);
  if (!server) {
    server = { identifier, name: 'api', scopes: [] };
    pool.resourceServers.push(server);
  }
  const catalogue = Object.entries(scopes).map(([name, description]) => ({ name, description }));
  const others = server.scopes.filter(({ name }) => !Object.hasOwn(scopes, name));
  server.scopes = [...catalogue, ...others];
  return catalogue.map(({ name }) => `${identifier}/${name}`);
}

function seedMachineClient(
  pool: UserPool,
  apiScopes: string[],
  { clientId, clientSecret }: Seeds,
  now: number,
): void {
  const client = clientNamed(pool, machineClientName, now);
  client.allowedOAuthFlowsUserPoolClient = true;
  client.allowedOAuthFlows = ['client_credentials'];
  client.allowedOAuthScopes = apiScopes;
  if (clientId) client.clientId = clientId;
  if (clientSecret) client.secrets = [newClientSecret(now, clientSecret)];
  if (client.secrets.length === 0) client.secrets = [newClientSecret(now)];
}

function seedWebClient(pool: UserPool, apiScopes: string[], { webClientId }: Seeds, now: number): void {
  const client = clientNamed(pool, webClientName, now);
  client.allowedOAuthFlowsUserPoolClient = true;
  client.allowedOAuthFlows = ['code', 'implicit'];
  client.allowedOAuthScopes = ['openid', 'email', 'profile', ...apiScopes];
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

/** The password is kept as a secret of the Secrets Manager, since the pool keeps only its hash. */
function seedUser(state: State, pool: UserPool, { poolId, userPassword }: Seeds, now: number): void {
  const kept = findUserPassword(state);
  let user = pool.users.find((user) => user.username === username);
  if (user && kept !== undefined && (userPassword ?? kept) === kept) return;
  if (!user) {
    user = newUser(username, { email: `${username}@example.com`, email_verified: 'true', name: 'Ada' }, now);
    pool.users.push(user);
  }
  const password = userPassword ?? kept ?? `${randomText(16)}-A1`;
  user.password = hashPassword(password);
  user.status = 'CONFIRMED';
  state.secrets = state.secrets.filter(({ name }) => name !== deployment.userPassword);
  state.secrets.push(newSecret(regionOf(poolId), deployment.userPassword, password, now));
}

function findUserPassword({ secrets }: State): string | undefined {
  return secrets.find(({ name }) => name === deployment.userPassword)?.value;
}

function seedParameters(state: State, seeds: Seeds, added: string[], now: number): void {
  const region = regionOf(seeds.poolId);
  const kept = findParameter(state, region, deployment.clientIds)?.value.split(',') ?? [];
  const clientIds = [...kept.filter((id) => id !== 'none'), ...added];
  put(deployment.clientIds, clientIds.join(',') || 'none');
  put(
    deployment.description,
    JSON.stringify({
      userPoolId: seeds.poolId,
      resourceServerIdentifier: seeds.identifier,
      tokenUrl: seeds.tokenUrl,
      apiUrl: seeds.apiUrl,
      cluster: deployment.cluster,
      service: deployment.service,
    }),
  );

  function put(name: string, value: string): void {
    if (findParameter(state, region, name)?.value === value) return;
    setParameter(state, region, name, { type: 'String', value }, now);
  }
}
