import { Socket } from 'node:net';
import type { Logger } from 'pino';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  type ClientConfig,
  DatabaseError,
  Pool,
  type PoolClient,
  type QueryResultRow,
} from 'pg';
import type { DatabaseObserver } from './database-observer';
import { isRefusal, statementError, unavailable } from './errors';
import { EmptyPasswordError, type Password, passwordOption } from './password';
import type { Statement, Transactional } from './queryable';
import { rowsOf, runStatement } from './run-statement';
import { timestampsAsText } from './timestamps';
import { Transaction } from './transaction';

/** How PostgreSQL is reached. */
export interface ConnectionOptions {
  readonly server:
    | { readonly connectionString: string }
    | {
        readonly host: string;
        readonly port: number;
        readonly database: string;
        readonly user: string;
        readonly password: Password | undefined;
      };
  /** PEM text of the authority that signed the server's certificate; with it, TLS is required and verified. */
  readonly ca: string | undefined;
}

/** Time to get a connection, waiting for a free one included. */
const CONNECT_TIMEOUT_MS = 2_000;
/** Time after which the server ends a statement. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** Time after which the server ends a transaction that sends no statement, as that of a task that is gone. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/** Between two attempts to connect, where the password is just being changed. */
const PASSWORD_RETRY_MS = 50;
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
  if (!('connectionString' in server)) {
    const password = passwordOption(server.password, server);
    return { ...common, ...server, password, ...(ca && { ssl: { ca } }) };
  }
  if (ca === undefined) return { ...common, connectionString: server.connectionString };
  // What the URL says of TLS would win over `ssl`.
  const url = new URL(server.connectionString);
  for (const name of [...url.searchParams.keys()]) if (name.startsWith('ssl')) url.searchParams.delete(name);
  return { ...common, connectionString: url.href, ssl: { ca } };
}

/** How a {@link Database} is used. */
export interface DatabaseOptions extends ConnectionOptions {
  /** Most connections at a time. */
  readonly poolSize: number;
  /**
   * Time after which a query outside a transaction has failed, getting a connection included. Without it, that may take
   * 2 s, and the answer another 6 s.
   */
  readonly queryTimeoutMs?: number;
  readonly log: Pick<Logger, 'warn'>;
}

/** Statements that share the round trips in which a transaction begins and ends. */
export interface Ends<T> {
  /** Sent together with BEGIN. They must change nothing: where BEGIN fails, they are run outside a transaction. */
  readonly first?: readonly Statement[];
  /** Gives what is sent together with COMMIT, from what the work gave. Where it fails, nothing is kept. */
  readonly last?: (result: T) => Statement | undefined;
}

/** A pool of connections in which every statement is bounded in time. */
export class Database implements Transactional {
  readonly #pool: Pool;
  readonly #queryTimeoutMs: number | undefined;
  readonly #passwordMayChange: boolean;
  readonly #sockets = new Set<Socket>();

  constructor(options: DatabaseOptions) {
    const { queryTimeoutMs } = options;
    this.#queryTimeoutMs = queryTimeoutMs;
    this.#passwordMayChange = 'password' in options.server && typeof options.server.password === 'object';
    this.#pool = new Pool({
      ...clientConfig(options),
      ...(queryTimeoutMs !== undefined && { connectionTimeoutMillis: queryTimeoutMs }),
      max: options.poolSize,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: CONNECTION_LIFETIME_SECONDS,
      statement_timeout: queryTimeoutMs ?? STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      stream: () => this.#createSocket(),
      // Sends what is not waited for at once, in the order of the calls.
      pipeline: true,
      types: timestampsAsText,
    });
    this.#pool.on('error', (error) => options.log.warn({ err: error }, 'idle database connection lost'));
    // While a connection is in use the statement reports its loss; without a listener the event would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.#query(text, values);
  }

  async #query<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    observer?: DatabaseObserver,
  ): Promise<Row[]> {
    const from = performance.now();
    const end = this.#queryTimeoutMs && from + this.#queryTimeoutMs;
    const client = await this.#connect(from, observer);
    let rows: Row[];
    try {
      const timeoutMs = end && end - performance.now();
      rows = await runStatement<Row, Row[]>(client, text, values, rowsOf, { timeoutMs, observer });
    } catch (error) {
      // A connection of unknown state is not used again. One that the server merely refused a statement on is.
      release(client, !isRefusal(error));
      throw statementError(error, text);
    }
    client.release();
    return rows;
  }

  /**
   * Runs statements in a transaction: it is committed when the work has resolved, and rolled back when it has rejected. The
   * isolation level is the server's default, READ COMMITTED.
   *
   * @param work also gets the rows of the statements that were sent together with BEGIN
   * @throws DatabaseUnavailableError if nothing was committed: a connection cannot be had, or was lost before COMMIT
   * @throws OutcomeUnknownError if the answer to COMMIT is lost
   * @throws Error if a statement, or a transaction within it, failed and the work resolved all the same
   */
  transaction<T>(
    work: (transaction: Transactional, rows: readonly QueryResultRow[][]) => Promise<T>,
    ends?: Ends<T>,
  ): Promise<T> {
    return this.#transaction(work, ends);
  }

  /** This database for one user of it, who is followed. */
  observedBy(observer: DatabaseObserver): Pick<Database, 'query' | 'transaction'> {
    return {
      query: (text, values) => this.#query(text, values, observer),
      transaction: (work, ends) => this.#transaction(work, ends, observer),
    };
  }

  async #transaction<T>(
    work: (transaction: Transactional, rows: readonly QueryResultRow[][]) => Promise<T>,
    { first = [], last }: Ends<T> = {},
    observer?: DatabaseObserver,
  ): Promise<T> {
    const client = await this.#connect(performance.now(), observer);
    const transaction = new Transaction(client, observer);
    try {
      const rows = await transaction.begin(first);
      const result = await work(transaction, rows);
      await transaction.commit(last?.(result));
      return result;
    } catch (error) {
      await transaction.rollBack();
      throw error;
    } finally {
      release(client, transaction.isBroken);
    }
  }

  /** Connections by what they do, and requests that wait for one. */
  get use(): { readonly total: number; readonly idle: number; readonly waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount };
  }

  /** Most connections at a time. */
  get poolSize(): number {
    return this.#pool.options.max;
  }

  /** Closes every connection. A statement that is still under way is cut off: its caller is gone by now. */
  async close(): Promise<void> {
    // Resolves when every connection has been released; but the work of a transaction may wait for something else.
    if (!this.#pool.ending) void this.#pool.end();
    // A server that does not answer would not close its end either.
    const closing = [...this.#sockets].map(
      (socket) => new Promise((resolve) => socket.once('close', resolve).destroy()),
    );
    await Promise.all(closing);
  }

  async #connect(from: number, observer?: DatabaseObserver): Promise<PoolClient> {
    try {
      const client = await this.#connectOrRetry(from);
      observer?.waitedForConnection(from, performance.now());
      return client;
    } catch (error) {
      observer?.waitedForConnection(from, performance.now(), error);
      throw unavailable(error);
    }
  }

  /** A password that changes is for a moment another one at the server than here, and so is worth a second look. */
  async #connectOrRetry(from: number): Promise<PoolClient> {
    const end = from + (this.#queryTimeoutMs ?? CONNECT_TIMEOUT_MS);
    for (;;) {
      try {
        return await this.#pool.connect();
      } catch (error) {
        const isWorthAnother = this.#passwordMayChange && isWrongPassword(error) && performance.now() < end;
        if (!isWorthAnother) throw error;
        await delay(PASSWORD_RETRY_MS);
      }
    }
  }

  #createSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    return socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** Gives a connection back to its pool, or closes it. */
function release(client: PoolClient, isBroken: boolean): void {
  // The pool would wait for the answers that are still due, which may never come.
  if (isBroken) (client as unknown as Client).connection.stream.destroy();
  client.release(isBroken);
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof EmptyPasswordError || (error instanceof DatabaseError && error.code === '28P01');
}
