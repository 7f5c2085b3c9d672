import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { findFreePort } from './free-port';
import { openCluster, role } from './postgres/cluster';
import { stopStaleServer } from './postgres/stale-server';

export interface PostgresOptions {
  /** The directory of the data. Created when missing; must not hold anything else. */
  directory: string;
  /** The TCP port on 127.0.0.1; 0 for any free one. */
  port: number;
  /** `false` for tests: faster, but a crash of the machine loses data. */
  durable: boolean;
  /** Interrupts the start: everything is stopped again, and the promise rejects. */
  signal?: AbortSignal;
}

export interface Postgres {
  /** Connection string of the service's database. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when PostgreSQL has ended, with a sentence that describes how. */
  readonly exited: Promise<string>;
  /** Closes all connections, stops, and waits for the end; kills it after ten seconds. May be called twice. */
  readonly stop: () => Promise<void>;
  /** Kills it; the data stay consistent if they are durable. */
  readonly kill: () => void;
}

const database = 'service';

/**
 * Starts a PostgreSQL server over a directory, on 127.0.0.1, from the binaries that npm installed. The first start
 * creates the cluster. A server that a killed run has left behind is stopped first.
 *
 * @returns The server, once it accepts queries.
 * @throws Error with the last lines of PostgreSQL's output when it does not start.
 */
export async function startPostgres({
  directory,
  port,
  durable,
  signal,
}: PostgresOptions): Promise<Postgres> {
  const cluster = await openCluster(directory, durable, signal);
  await stopStaleServer(directory);
  signal?.throwIfAborted();

  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port || (await findFreePort())),
    unix_socket_directories: '',
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const server = cluster.spawn('postgres', [
    `-D${cluster.data}`,
    ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
  ]);
  const lastLines: string[] = [];
  const output = createInterface(server.stderr).on('line', (line) => {
    if (lastLines.push(line) > 10) lastLines.shift();
  });
  const exited = once(server, 'close').then(([code, killedBy]) =>
    [`PostgreSQL ended (${killedBy ?? `exit code ${code}`}).`, ...lastLines].join('\n'),
  );

  const postgres: Postgres = {
    url: `postgresql://${role}:${cluster.password}@127.0.0.1:${settings.port}/${database}`,
    pid: server.pid ?? 0,
    exited,
    async stop() {
      const timeout = setTimeout(() => server.kill('SIGKILL'), 10_000);
      server.kill('SIGINT');
      await exited;
      clearTimeout(timeout);
    },
    kill: () => void server.kill('SIGKILL'),
  };

  try {
    await new Promise<void>((resolve, reject) => {
      output.on('line', (line) => {
        if (line.includes('database system is ready to accept connections')) resolve();
      });
      exited.then((how) => reject(new Error(how)), reject);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    await ensureDatabase(postgres.url);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return postgres;
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new Client(url.replace(/[^/]*$/, 'postgres'));
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
  } finally {
    await client.end();
  }
}
