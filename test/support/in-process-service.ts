import { Client } from 'pg';
import { readConfig } from '../../src/config/config';
import { createLogger } from '../../src/observability/log';
import { type HttpServerOptions, type Service, startService } from '../../src/server';
import { jwksServer } from './jwks-server';
import { lockWaiters } from './lock-waiters';
import { RawConnection } from './raw-http';
import { serviceEnvironment } from './service-process';
import { resources } from './service-resources';
import { testDatabase, type TestDatabase } from './test-database';
import { until } from './until';
import { UserPool } from './user-pool';
import { testContent } from './test-content';

/** The service with its real server and database, inside the test's own process. */
export interface InProcessService {
  readonly service: Service;
  readonly pool: UserPool;
  /** Headers of a request that may do everything, each with its line end. */
  readonly authorization: string;
  /** The log lines of requests so far. */
  readonly requests: readonly Readonly<Record<string, unknown>>[];
  /** Every log line so far; a test may empty it. */
  readonly log: Readonly<Record<string, unknown>>[];
  /** Opens a connection, which `close` destroys. */
  connect(options?: ConstructorParameters<typeof RawConnection>[1]): RawConnection;
  /** Runs one statement in the database. */
  query(statement: string): Promise<readonly unknown[]>;
  /** Holds up every request that needs things, until it is released. */
  lockThings(): Promise<Lock>;
  close(): Promise<void>;
}

/** A lock of the table of things. */
export interface Lock {
  /** Resolves when so many statements wait for it. */
  waiters(count: number): Promise<unknown>;
  release(): Promise<void>;
}

/**
 * Starts one; resolves when it is ready.
 *
 * @param sharedDatabase A database of several, which stays when this one is closed; one of its own if not given.
 */
export async function inProcessService(
  server: Partial<HttpServerOptions> = {},
  sharedDatabase?: TestDatabase,
): Promise<InProcessService> {
  const pool = new UserPool();
  const jwks = await jwksServer(pool.jwks);
  const database = sharedDatabase ?? (await testDatabase());
  const config = readConfig(serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: database.url }));
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(JSON.parse(line) as never) });
  const service = await startService(config, logger, { resources, content: testContent(), server });
  const connections: RawConnection[] = [];
  const clients: Client[] = [];

  async function connected(): Promise<Client> {
    const client = new Client({ connectionString: database.url });
    clients.push(client);
    await client.connect();
    return client;
  }

  await until('the service to be ready', async () => {
    const answer = await fetch(`http://127.0.0.1:${service.port}/readyz`);
    await answer.text();
    return answer.status === 200;
  });
  await until('the log to have it', () => log.some(({ status }) => status === 200));
  log.length = 0;

  return {
    service,
    pool,
    authorization: `Host: x\r\nAuthorization: Bearer ${pool.token()}\r\n`,
    log,
    get requests() {
      return log.filter(({ method }) => method !== undefined);
    },
    connect(options) {
      const connection = new RawConnection(service.port, options);
      connections.push(connection);
      return connection;
    },
    async query(statement) {
      const client = await connected();
      const { rows } = await client.query<object>(statement);
      return rows;
    },
    async lockThings() {
      const client = await connected();
      await client.query('BEGIN');
      await client.query('LOCK TABLE things');
      return {
        waiters: (count) => lockWaiters(client, count),
        async release() {
          await client.query('ROLLBACK');
        },
      };
    },
    async close() {
      for (const connection of connections) connection.destroy();
      await Promise.all(clients.map((client) => client.end()));
      await service.stop();
      await jwks.close();
      if (!sharedDatabase) await database.drop();
    },
  };
}
