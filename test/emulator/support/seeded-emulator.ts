import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createEmulator } from '../../../emulator/app';
import type { ScopeCatalogue } from '../../../emulator/scope-catalogue';
import { seed, seedScopes } from '../../../emulator/seed';
import { readEmulatorSettings } from '../../../emulator/settings';
import type { UserPool } from '../../../emulator/store/state';
import { openStore } from '../../../emulator/store/store';

export const region = 'eu-central-1';

/** The scopes of an API. */
export const scopeCatalogue: ScopeCatalogue = {
  'things.read': { description: 'Read things', operator: false },
  'things.write': { description: 'Change things', operator: false },
  'clients.read': { description: 'Read clients', operator: true },
  'clients.write': { description: 'Change clients', operator: true },
};

/** The path of a state file that does not exist yet. */
export function newStateFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'cognito-')), 'state.json');
}

let seededState: string | undefined;

/** The path of a state file that has been seeded: faster, since no keys have to be generated. */
export function seededStateFile(): string {
  if (seededState === undefined) {
    const first = newStateFile();
    openSeeded(first);
    seededState = readFileSync(first, 'utf8');
  }
  const stateFile = newStateFile();
  writeFileSync(stateFile, seededState);
  return stateFile;
}

/** The store as the emulator opens it at its start, with these environment variables. */
export function openSeeded(stateFile = seededStateFile(), env: Record<string, string> = {}) {
  const { seeds } = readEmulatorSettings(env);
  const store = openStore(stateFile);
  seed(store, seeds, scopeCatalogue);
  return { store, seeds, pool: () => store.findUserPool(seeds.poolId)! };
}

export interface Reply {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the tests assert its shape
  body: any;
}

/** An emulator on a free port, as it is after its start. */
export async function startEmulator() {
  const stateFile = seededStateFile();
  const { store, seeds, pool } = openSeeded(stateFile);
  const log: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void log.push(line) });
  const server = createServer(
    createEmulator(store, logger, {
      applyCatalogue: (catalogue) => seedScopes(store, seeds, catalogue),
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function send(path: string, init: RequestInit): Promise<Reply> {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** Calls an operation as the AWS CLI does, in a Region. */
  const callService = (target: string, service: string) =>
    async function call(operation: string, input: object = {}, in_ = region): Promise<Reply> {
      return send('/', {
        method: 'POST',
        headers: signedHeaders(`${target}.${operation}`, service, in_),
        body: JSON.stringify(input),
      });
    };

  return {
    url,
    store,
    /** The current state of the API's pool. */
    pool,
    stateFile,
    /** Log lines so far. */
    log,
    send,
    /** Adds an empty pool with the keys of the API's pool, since generating keys takes time. */
    addPool(members: Partial<UserPool> = {}): string {
      const id = `${region}_Added${store.state.userPools.length}`;
      const empty = { clients: [], resourceServers: [], users: [], domain: undefined };
      store.change(({ userPools }) => userPools.push({ ...pool(), id, ...empty, ...members }));
      return id;
    },
    cognitoIdp: callService('AWSCognitoIdentityProviderService', 'cognito-idp'),
    ssm: callService('AmazonSSM', 'ssm'),
    secretsManager: callService('secretsmanager', 'secretsmanager'),
    /** Sends JSON to `/_control/…`. */
    control: (path: string, body: object = {}) =>
      send(`/_control${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
export type Emulator = Awaited<ReturnType<typeof startEmulator>>;

/** The headers of the AWS CLI, with a signature that cannot be valid. */
export function signedHeaders(target: string, service = 'cognito-idp', in_ = region): Record<string, string> {
  const scope = `local/20260101/${in_}/${service}/aws4_request`;
  return {
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': target,
  };
}
