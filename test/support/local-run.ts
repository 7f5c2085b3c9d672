import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientFile } from '../../local/client-file';
import { findFreePort } from '../../local/free-port';
import { preload } from './service-process';

const ROOT = join(__dirname, '..', '..');
/** The variables that set the ports of a local run. */
export const PORTS = ['PORT', 'METRICS_PORT', 'LOCAL_COGNITO_PORT', 'LOCAL_POSTGRES_PORT'];

/**
 * Environment of TypeScript programs that have the resources of `service-resources.ts` in the place of the project's, and
 * of those that they start.
 */
export const WITH_SERVICE_RESOURCES = { NODE_OPTIONS: preload('service-resources') };

/** A process that runs everything on one machine. */
export interface LocalProcess {
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
  /** Where its data and `client.json` are. */
  readonly directory: string;
  /** What it has printed so far. */
  output(): string;
  /** Resolves when it has printed the text; rejects when it ends without. */
  prints(text: string): Promise<void>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** Terminates it, and removes its directory. */
  stop(): Promise<void>;
}

export interface LocalProcessOptions {
  /** The default is the program that `npm run local` executes. */
  command?: readonly [string, ...string[]];
  args?: readonly string[];
  /** The default is the project's root. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
}

/** What it prints once everything is ready. */
export const READY = 'Ctrl-C stops everything.';

/** Starts everything on free ports and in a new directory, with the project's resources, without waiting until it is ready. */
export async function spawnLocalProcess({
  command = [process.execPath, '-r', 'ts-node/register/transpile-only', 'local/main.ts'],
  args = [],
  cwd = ROOT,
  env = {},
}: LocalProcessOptions = {}): Promise<LocalProcess> {
  const settings = {
    ...(await freePorts()),
    LOCAL_DIRECTORY: mkdtempSync(join(tmpdir(), 'local-run-')),
    ...env,
  };
  const [program, ...options] = command;
  const child = spawn(program, [...options, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const directory = settings.LOCAL_DIRECTORY;
  return {
    pid: child.pid!,
    env: settings,
    directory,
    output: () => output,
    prints: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (output.includes(text)) resolve();
        };
        look();
        child.stdout.on('data', look);
        void ended.then(() => reject(new Error(`ended without "${text}":\n${output}`)));
      }),
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

/** A local run that is ready. */
export interface LocalRun {
  readonly client: ClientFile;
  /** Where `client.json` is. */
  readonly clientFile: string;
  stop(): Promise<void>;
}

/**
 * Starts everything with the resources of `service-resources.ts`, and resolves when the API is ready: after about three seconds, more while other tests run.
 *
 * @throws Error with all that it has printed when it ends instead
 */
export async function startLocalRun(): Promise<LocalRun> {
  const run = await spawnLocalProcess({ env: WITH_SERVICE_RESOURCES });
  await run.prints(READY);
  const clientFile = join(run.directory, 'client.json');
  return {
    client: JSON.parse(readFileSync(clientFile, 'utf8')) as ClientFile,
    clientFile,
    stop: () => run.stop(),
  };
}

/** An access token of the client, with some of its scopes or, without any given, all. */
export async function tokenOf(client: ClientFile, ...scopes: readonly string[]): Promise<string> {
  const { tokenUrl, clientId, clientSecret } = client;
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** A free port for each of {@link PORTS}. */
export async function freePorts(): Promise<Record<string, string>> {
  const ports: Record<string, string> = {};
  for (const name of PORTS) ports[name] = String(await findFreePort());
  return ports;
}
