import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientFile } from '../../local/client-file';

const ROOT = join(__dirname, '..', '..');
/** The variables that set the ports of a local run. */
export const PORTS = ['PORT', 'METRICS_PORT', 'LOCAL_COGNITO_PORT', 'LOCAL_POSTGRES_PORT'];

/** Everything that `npm run local` starts, on ports and in a directory of its own. */
export interface LocalRun {
  readonly client: ClientFile;
  /** Where `client.json` is. */
  readonly clientFile: string;
  stop(): Promise<void>;
}

/**
 * Starts it, and resolves when the API is ready: after about three seconds, more while other tests run.
 *
 * @throws Error with all that it has printed, if it ends instead
 */
export async function startLocalRun(): Promise<LocalRun> {
  const directory = mkdtempSync(join(tmpdir(), 'local-run-'));
  const child = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', 'local/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], LOCAL_DIRECTORY: directory, ...(await freePorts()) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Ctrl-C stops everything.')) resolve();
    });
    void ended.then(() => reject(new Error(`it has ended:\n${output}`)));
  });
  const clientFile = join(directory, 'client.json');
  return {
    client: JSON.parse(readFileSync(clientFile, 'utf8')) as ClientFile,
    clientFile,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true });
    },
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
  const servers = PORTS.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => String((server.address() as AddressInfo).port));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return Object.fromEntries(PORTS.map((name, index) => [name, ports[index]!]));
}
