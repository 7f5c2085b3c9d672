import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createCognito } from '../../../emulator/app';
import type { Redeploy } from '../../../emulator/deployment';
import { seed } from '../../../emulator/seed';
import { readCognitoSettings } from '../../../emulator/settings';
import type { UserPool } from '../../../emulator/store/state';
import { openUserPools } from '../../../emulator/store/store';

export const region = 'eu-central-1';

/** A state file in a directory of its own, that is not there yet. */
export function newStateFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'cognito-')), 'state.json');
}

let kept: string | undefined;

/** One that a stand-in has used before: faster, since the keys need not be made. */
export function keptStateFile(): string {
  if (kept === undefined) {
    const first = newStateFile();
    openSeeded(first);
    kept = readFileSync(first, 'utf8');
  }
  const stateFile = newStateFile();
  writeFileSync(stateFile, kept);
  return stateFile;
}

/** The user pools as the stand-in opens them at a start, with these variables set. */
export function openSeeded(stateFile = keptStateFile(), env: Record<string, string> = {}) {
  const { seeds } = readCognitoSettings(env);
  const pools = openUserPools(stateFile);
  seed(pools, seeds);
  return { pools, pool: () => pools.find(seeds.poolId)! };
}

export interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests say what they expect of it
  body: any;
}

/** The stand-in as it is after its start, on a free port. */
export async function startCognito({ redeploy }: { redeploy?: Redeploy } = {}) {
  const stateFile = keptStateFile();
  const { pools, pool } = openSeeded(stateFile);
  const logged: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void logged.push(line) });
  const server = createServer(createCognito(pools, logger, redeploy));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function send(path: string, init: RequestInit): Promise<Answer> {
    const answer = await fetch(`${url}${path}`, init);
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** Calls an operation as the AWS CLI does, in a Region. */
  const callService = (target: string, service: string) =>
    async function call(operation: string, input: object = {}, in_ = region): Promise<Answer> {
      return send('/', {
        method: 'POST',
        headers: signedHeaders(`${target}.${operation}`, service, in_),
        body: JSON.stringify(input),
      });
    };

  return {
    url,
    pools,
    /** The pool of the API, as it is now. */
    pool,
    stateFile,
    logged,
    send,
    /** Adds an empty pool, with the keys of the one of the API, since new ones take time. */
    addPool(members: Partial<UserPool> = {}): string {
      const id = `${region}_Added${pools.state.userPools.length}`;
      const empty = { clients: [], resourceServers: [], users: [], domain: undefined };
      pools.change(({ userPools }) => userPools.push({ ...pool(), id, ...empty, ...members }));
      return id;
    },
    cognito: callService('AWSCognitoIdentityProviderService', 'cognito-idp'),
    ssm: callService('AmazonSSM', 'ssm'),
    ecs: callService('AmazonEC2ContainerServiceV20141113', 'ecs'),
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
export type Cognito = Awaited<ReturnType<typeof startCognito>>;

/** What the AWS CLI sends along, with a signature that nobody can have made. */
export function signedHeaders(target: string, service = 'cognito-idp', in_ = region): Record<string, string> {
  const scope = `local/20260101/${in_}/${service}/aws4_request`;
  return {
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    'Content-Type': 'application/x-amz-json-1.1',
    'X-Amz-Target': target,
  };
}
