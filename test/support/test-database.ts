import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../../src/database/migrate';
import { findMigrations } from '../../src/database/migrations';
import type { Database } from '../../src/database/database';
import { migrationFolders } from '../../src/migration-folders';
import { resources } from '../../src/resources/resources';
import { things } from './things/resource';

/** Where the URL of the test run's server stands, for the workers. */
export const SERVER_VARIABLE = 'TEST_SERVER_URL';

const TEMPLATE = `template_${process.ppid}_${process.pid}`;
const TEMPLATE_VARIABLE = 'TEST_TEMPLATE';

/** A database of a test's own. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Removes it, whatever is connected. */
  drop(): Promise<void>;
}

/** Makes the database that {@link testDatabase} copies: the schema of this version and of the tests' own resource, without data. */
export async function createTemplate(): Promise<void> {
  await administer(`CREATE DATABASE ${TEMPLATE}`);
  const connection = { server: { connectionString: urlOf(TEMPLATE) }, ca: undefined };
  await migrate(connection, findMigrations(migrationFolders([...resources, things])), {
    log: { info: () => undefined },
  });
  process.env[TEMPLATE_VARIABLE] = TEMPLATE;
}

/** Makes a database: migrated, or empty. */
export async function testDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(
    `CREATE DATABASE ${name} TEMPLATE ${migrated ? process.env[TEMPLATE_VARIABLE] : 'template0'}`,
  );
  return { name, url: urlOf(name), drop: () => administer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** Deletes every row of the resources' tables. The version of the client registry stays, and its running tasks. */
export async function emptyTables(database: Database): Promise<void> {
  const tables = await database.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables
     WHERE schemaname = 'public' AND tablename NOT IN ('migrations', 'client_registry', 'service_tasks')`,
  );
  // In one statement, at the end of which foreign keys are checked. TRUNCATE takes 10 ms, this less than 1.
  const deletions = tables.map(({ name }, index) => `deleted_${index} AS (DELETE FROM ${name})`);
  if (deletions.length > 0) await database.query(`WITH ${deletions.join(', ')} SELECT`);
}

/** Makes a database as its migrations left it, for the next test; nothing that remembers may still use it. */
export async function resetTables(database: Database): Promise<void> {
  await emptyTables(database);
  await database.query('DELETE FROM service_tasks');
  await database.query(
    'INSERT INTO client_registry (version) VALUES (0) ON CONFLICT (only_row) DO UPDATE SET version = 0',
  );
}

/** Runs one statement on the server, outside the databases of the tests. */
export async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: process.env[SERVER_VARIABLE] });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(process.env[SERVER_VARIABLE]!);
  url.pathname = `/${database}`;
  return url.href;
}
