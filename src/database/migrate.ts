import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError } from 'pg';
import type { Logger } from 'pino';
import { clientConfig, type ConnectionOptions, type Database } from './database';

const DIRECTORY = join(__dirname, 'migrations');
const TABLE = 'migrations';

/**
 * Brings the schema up to date: applies the SQL files in `migrations/` that the database lacks, in one transaction.
 *
 * Safe with many tasks at once: one works under an advisory lock, the others wait and find nothing left to do.
 *
 * @returns the names of the migrations applied
 * @throws the error of the connection or of the statement that failed; nothing of the run is kept then
 */
export async function migrate(connection: ConnectionOptions, log: Pick<Logger, 'info'>): Promise<string[]> {
  // An ES module; loaded only where it is needed.
  const { runner } = await import('node-pg-migrate');
  const applied = await runner({
    databaseUrl: clientConfig(connection),
    dir: DIRECTORY,
    migrationsTable: TABLE,
    direction: 'up',
    advisoryLockMode: 'wait',
    log: () => undefined,
  });
  const names = applied.map(({ name }) => name);
  if (names.length > 0) log.info({ migrations: names }, 'database migrated');
  return names;
}

/**
 * The migrations that this version of the service needs and the database lacks.
 *
 * @throws DatabaseUnavailableError if the database cannot be asked
 */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const known = readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length));
  const applied = new Set(await appliedMigrations(database));
  return known.filter((name) => !applied.has(name));
}

async function appliedMigrations(database: Database): Promise<string[]> {
  try {
    const rows = await database.query<{ name: string }>(`SELECT name FROM ${TABLE}`);
    return rows.map(({ name }) => name);
  } catch (error) {
    const undefinedTable = '42P01';
    if (error instanceof DatabaseError && error.code === undefinedTable) return [];
    throw error;
  }
}
