import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { findFreePort } from './free-port';
import { openCluster, role } from './postgres/cluster';
import { stopLeftover } from './postgres/stale-server';

export interface PostgresOptions {
  /** Where the data are; made when missing, never shared with anything else. */
  directory: string;
  /** The TCP port on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** `false` trades surviving a crash of the machine for speed: right for tests. */
  durable: boolean;
  /** Interrupts the start: what was started is stopped again, and the promise rejects. */
  signal?: AbortSignal;
}

export interface Postgres {
  /** Connection string of the service's database. */
  readonly url: string;
  readonly pid: number;
  /** Resolves when PostgreSQL has ended, for whatever reason, with a sentence that says how. */
  readonly exited: Promise<string>;
  /** Disconnects everybody, stops, and waits until it is gone; kills it after ten seconds. May be called twice. */
  readonly stop: () => Promise<void>;
  /** Ends it at once; its data stay consistent if they are durable. */
  readonly kill: () => void;
}

const database = 'service';

/**
 * Starts a PostgreSQL server of its own over a directory, on 127.0.0.1, from the binaries that npm installed.
 * The cluster is made on the first start, and a server that a killed run left behind is stopped first.
 *
 * @returns The server, once it answers queries.
 * @throws Error with the last lines of PostgreSQL's output when it does not start.
 */
export async function startPostgres({
  directory,
  port,
  durable,
  signal,
}: PostgresOptions): Promise<Postgres> {
  const cluster = await openCluster(directory, durable, signal);
  await stopLeftover(directory);
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
      const patience = setTimeout(() => server.kill('SIGKILL'), 10_000);
      server.kill('SIGINT');
      await exited;
      clearTimeout(patience);
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
