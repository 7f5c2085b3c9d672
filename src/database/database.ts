import type { Logger } from 'pino';
import { type ClientConfig, DatabaseError, Pool, type PoolClient, type QueryResultRow } from 'pg';
import { DatabaseUnavailableError } from './errors';

/** How PostgreSQL is reached. */
export interface ConnectionOptions {
  readonly server:
    | { readonly connectionString: string }
    | {
        readonly host: string;
        readonly port: number;
        readonly database: string;
        readonly user: string;
        readonly password: string | undefined;
      };
  /** PEM text of the authority that signed the server's certificate; with it, TLS is required and verified. */
  readonly ca: string | undefined;
}

/** Time to get a connection, waiting for a free one included. */
const CONNECT_TIMEOUT_MS = 2_000;
/** Time after which the server ends a statement. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** Time after which we give up on a server that says nothing at all; longer than the one before, so that it may. */
const QUERY_TIMEOUT_MS = 6_000;
/** Connections are renewed, so that a failover or a changed address is followed. */
const CONNECTION_LIFETIME_SECONDS = 1_800;

/** The client configuration of `pg`, which fills what is missing from libpq's variables. */
export function clientConfig({ server, ca }: ConnectionOptions): ClientConfig {
  const common = {
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Bounds the silence of a server that is gone, also where a statement may take long, as in a migration.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'cognito-resource-server',
  };
  if (!('connectionString' in server)) return { ...common, ...server, ...(ca && { ssl: { ca } }) };
  if (ca === undefined) return { ...common, connectionString: server.connectionString };
  // What the URL says of TLS would win over `ssl`.
  const url = new URL(server.connectionString);
  for (const name of [...url.searchParams.keys()]) if (name.startsWith('ssl')) url.searchParams.delete(name);
  return { ...common, connectionString: url.href, ssl: { ca } };
}

/** A pool of connections in which every statement is bounded in time. */
export class Database {
  readonly #pool: Pool;
  readonly #inUse = new Set<PoolClient>();

  constructor(
    options: ConnectionOptions & { readonly poolSize: number; readonly log: Pick<Logger, 'warn'> },
  ) {
    this.#pool = new Pool({
      ...clientConfig(options),
      max: options.poolSize,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: CONNECTION_LIFETIME_SECONDS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
    });
    this.#pool.on('error', (error) => options.log.warn({ err: error }, 'idle database connection lost'));
    // While a connection is in use the statement reports its loss; without a listener the event would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * Runs one statement.
   *
   * @returns its rows
   * @throws DatabaseUnavailableError if the server cannot be reached, or cannot take the work now
   * @throws DatabaseError (of `pg`) if the server refuses the statement
   */
  async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = await this.#connect();
    try {
      const rows = await run<Row>(client, text, values);
      this.#release(client, false);
      return rows;
    } catch (error) {
      // A connection of unknown state is not used again. One that the server merely refused a statement on is.
      this.#release(client, !isRefusal(error));
      if (!isRefusal(error)) throw unavailable(error);
      // One that leads to the statement, in place of one that leads to the socket.
      Error.captureStackTrace(error);
      throw error;
    }
  }

  /** Connections by what they do, and requests that wait for one. */
  get use(): { readonly total: number; readonly idle: number; readonly waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount };
  }

  /** Closes every connection. A statement that is still under way is cut off: whoever asked for it is gone by now. */
  async close(): Promise<void> {
    const ended = this.#pool.end();
    for (const client of this.#inUse) this.#release(client, true);
    await ended;
  }

  async #connect(): Promise<PoolClient> {
    try {
      const client = await this.#pool.connect();
      this.#inUse.add(client);
      return client;
    } catch (error) {
      throw unavailable(error);
    }
  }

  #release(client: PoolClient, destroy: boolean): void {
    if (this.#inUse.delete(client)) client.release(destroy);
  }
}

/**
 * Gives the rows of a statement, or the error of one that failed or brought no answer in time.
 *
 * `pg` could do both, with a promise of its own and `query_timeout`. But what it then leaves behind holds all rows until
 * the old generation is collected, and to move them there took a tenth of a request.
 */
function run<Row extends QueryResultRow>(
  client: PoolClient,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in time')), QUERY_TIMEOUT_MS);
    client.query<Row>(text, [...values], (error: Error | null, result) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(result.rows);
    });
  });
}

function unavailable(cause: unknown): DatabaseUnavailableError {
  return new DatabaseUnavailableError('the database is not available', { cause });
}

/**
 * Whether the server looked at the statement and refused it. Everything else (no connection, a time-out, and the
 * SQLSTATE classes connection, authorization, rollback, resources, operator intervention and system error, or a standby
 * after a failover) passes by itself.
 */
function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && !/^(08|28|40|53|57|58|25006)/.test(error.code ?? '08');
}
