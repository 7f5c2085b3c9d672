import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createEmulator } from '../../../emulator/app';
import { newClient } from '../../../emulator/store/client';
import { addClientSecret } from '../../../emulator/store/client-secret';
import { hashPassword } from '../../../emulator/store/password';
import type { Client, User, UserPool } from '../../../emulator/store/state';
import { openStore } from '../../../emulator/store/store';
import { newUserPool } from '../../../emulator/store/user-pool';

export const readThings = 'https://api.example.com/things.read';
export const writeThings = 'https://api.example.com/things.write';
/** Nothing listens there: tests look at the redirect alone. */
export const callback = 'http://127.0.0.1:8400/callback';
export const password = 'Correct-horse-7';
export const secrets = ['the-first-secret-of-the-client', 'the-second-secret-of-the-client'] as const;

const passwordHash = hashPassword(password);

/** A public app client for users. */
export function interactiveClient(clientId: string, members: Partial<Client> = {}): Client {
  return {
    ...newClient(clientId, 0),
    clientId,
    allowedOAuthFlowsUserPoolClient: true,
    allowedOAuthFlows: ['code', 'implicit'],
    allowedOAuthScopes: ['openid', 'email', 'profile', readThings],
    callbackUrls: [callback],
    logoutUrls: ['http://127.0.0.1:8400/goodbye'],
    ...members,
  };
}

/** The same client with secrets, so that it is confidential. */
export function withSecrets(client: Client, ...values: readonly string[]): Client {
  for (const value of values) addClientSecret(client, 0, value);
  return client;
}

/** A machine client with two secrets. */
export function machineClient(clientId: string, members: Partial<Client> = {}): Client {
  const client = {
    ...newClient(clientId, 0),
    clientId,
    allowedOAuthFlowsUserPoolClient: true,
    allowedOAuthFlows: ['client_credentials' as const],
    allowedOAuthScopes: [readThings, writeThings],
    ...members,
  };
  return withSecrets(client, ...secrets);
}

/** A user who can sign in with {@link password}. */
export function confirmedUser(username: string, members: Partial<User> = {}): User {
  return {
    username,
    sub: '0f3b8f6e-54d5-4c0a-8b6e-3f6f2f3f0001',
    attributes: {
      email: 'ada@example.com',
      email_verified: 'true',
      name: 'Ada',
      phone_number: '+4930123456',
    },
    password: passwordHash,
    status: 'CONFIRMED',
    enabled: true,
    groups: [],
    createdAt: 0,
    lastModifiedAt: 0,
    ...members,
  };
}

/** An emulator on a free port, over the given user pools, which have a domain. */
export async function startDomain(...userPools: Partial<UserPool>[]) {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'cognito-')), 'state.json');
  const store = openStore(stateFile);
  store.change((state) => {
    for (const [index, members] of userPools.entries()) {
      const pool = newUserPool(`eu-central-1_Local000${index + 1}`, 'test', 0);
      state.userPools.push({ ...pool, domain: `test-${index + 1}`, ...members });
    }
  });
  const log: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void log.push(line) });
  const server = createServer(createEmulator(store, logger));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    stateFile,
    /** The current state of the first pool. */
    pool: () => store.state.userPools[0]!,
    /** Changes the first pool. */
    changePool: (change: (pool: UserPool) => void) => store.change(({ userPools }) => change(userPools[0]!)),
    /** Log lines so far. */
    log,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

/** The two JSON parts of a JWT, unverified. */
export function decodeJwt(token: unknown): { header: object; payload: object } {
  const [header, payload] = String(token)
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
  return { header: header ?? {}, payload: payload ?? {} };
}
