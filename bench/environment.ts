import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../local/postgres';
import { migrate } from '../src/database/migrate';
import { findMigrations } from '../src/database/migrations';
import { migrationFolders } from '../src/migration-folders';
import { compileService } from '../test/support/compiled-service';
import { SERVICE_VARIABLE } from '../test/support/service-variable';
import { type JwksServer, jwksServer } from '../test/support/jwks-server';
import { type OtlpReceiver, otlpReceiver } from '../test/support/otlp-receiver';
import { resources } from '../test/support/service-resources';
import { CLIENT_ID, IDENTIFIER, UserPool } from '../test/support/user-pool';
import { pinSelf } from './cores';

/** App clients that may call. */
export const clientIds: readonly string[] = [
  CLIENT_ID,
  ...Array.from({ length: 999 }, (_, index) => `2bench${String(index).padStart(20, '0')}`),
];

/** Things in the database of every subject. */
export const SMALL_TABLE = 1_000;

/** How much is measured with, where that takes long to make. */
export interface Sizes {
  /**
   * Tokens that are sent in turn, each new to the service. In a run of some length more than the service remembers (10,000): a
   * token is forgotten before it comes again. The service's own metrics are asked whether that was so.
   */
  readonly newTokens: number;
  /** Rows of the larger of two tables. */
  readonly largeTable: number;
}

/** What subjects need around them. */
export interface Environment {
  readonly sizes: Sizes;
  readonly pool: UserPool;
  readonly jwks: JwksServer;
  readonly collector: OtlpReceiver;
  /** The compiled service's program. */
  readonly serviceProgram: string;
  /** The environment variables of every subject. */
  readonly variables: Readonly<Record<string, string>>;
  /** Makes another database, with this version's schema and so many things; gives its URL. */
  readonly database: (name: string, rows: number) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/**
 * Compiles what is measured, and starts a key server, a collector of traces and PostgreSQL on the core that subjects do not use.
 *
 * @param ending interrupts the start
 */
export async function startEnvironment(sizes: Sizes, ending: AbortSignal): Promise<Environment> {
  const compiler = join(__dirname, '..', 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '--project', join(__dirname, 'tsconfig.subjects.json')]);
  const service = await compileService();
  const serviceProgram = join(process.env[SERVICE_VARIABLE] ?? '', 'main.js');
  pinSelf();
  const pool = new UserPool();
  const jwks = await jwksServer(pool.jwks);
  const collector = await otlpReceiver();
  const directory = await mkdtemp(join(tmpdir(), 'bench-postgres-'));
  const postgres = await startPostgres({ directory, port: 0, durable: false, signal: ending });

  async function database(name: string, rows: number): Promise<string> {
    const url = new URL(postgres.url);
    await run(url.href, `CREATE DATABASE ${name}`);
    url.pathname = `/${name}`;
    const connection = { server: { connectionString: url.href }, ca: undefined };
    await migrate(connection, findMigrations(migrationFolders(resources)), {
      log: { info: () => undefined },
    });
    await run(
      url.href,
      `INSERT INTO things (id, label, created_at, updated_at)
       SELECT lpad(to_hex(n), 32, '0')::uuid, 'Thing ' || n,
              '2026-11-21T10:00:00Z', '2026-11-21T10:00:00Z'
       FROM generate_series(1, ${rows}) n`,
      'VACUUM ANALYZE things',
    );
    return url.href;
  }

  return {
    sizes,
    pool,
    jwks,
    collector,
    serviceProgram,
    variables: {
      HOST: '127.0.0.1',
      COGNITO_USER_POOL_ID: pool.id,
      COGNITO_CLIENT_IDS: clientIds.join(),
      COGNITO_JWKS_URI: jwks.url,
      RESOURCE_SERVER_IDENTIFIER: IDENTIFIER,
      // In force, and out of reach.
      RATE_LIMIT_PER_SECOND: '1000000',
      RATE_LIMIT_BURST: '1000000',
      DATABASE_URL: await database('small', SMALL_TABLE),
      SERVICE_DIRECTORY: dirname(serviceProgram),
    },
    database,
    async stop() {
      await postgres.stop();
      await jwks.close();
      await collector.close();
      await service.remove();
      await rm(directory, { recursive: true });
    },
  };
}

async function run(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
