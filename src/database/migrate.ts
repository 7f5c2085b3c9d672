import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import type { Logger } from 'pino';
import { clientConfig, type ConnectionOptions } from './database';
import { appliedMigrations, type Migration, MigrationError, MIGRATIONS_TABLE } from './migrations';

/** How long a run waits for another one. */
const LOCK_WAIT_MS = 300_000;
const LOCK_POLL_MS = 250;

/** The first line of a file whose statement cannot run in a transaction. */
const NO_TRANSACTION = /^-- *no-transaction\b/;

/** How {@link migrate} works. */
export interface MigrateOptions {
  readonly log: Pick<Logger, 'info'>;
  /** Is given each migration that was tried. Times are those of `performance.now()`, in milliseconds. */
  readonly trace?:
    ((step: { readonly name: string; from: number; to: number; error?: unknown }) => void) | undefined;
  /** How long to wait for another run. */
  readonly lockWaitMs?: number;
}

/**
 * Brings the schema up to date: applies the migrations that the database lacks, each file in a transaction of its own.
 *
 * Migrations that were applied and that the list does not have are left alone: a newer version was rolled back, or a
 * resource removed. Safe with many tasks at once: one works under an advisory lock, the others wait and find nothing left
 * to do.
 *
 * A file whose first line is `-- no-transaction` runs without one, for statements such as `CREATE INDEX CONCURRENTLY`. It
 * holds one statement, which can be run a second time.
 *
 * @param migrations all of the project, in order
 * @returns the names of the migrations applied
 * @throws MigrationError if another run does not end in time; if a migration comes before one that was applied; or if a
 *   statement fails, in which case nothing of its file is kept, and the files before it are
 * @throws the error of the connection
 */
export async function migrate(
  connection: ConnectionOptions,
  migrations: readonly Migration[],
  { log, trace, lockWaitMs = LOCK_WAIT_MS }: MigrateOptions,
): Promise<string[]> {
  const client = new Client(clientConfig(connection));
  // The statement reports the loss of its connection; without a listener the event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  const done: string[] = [];
  try {
    await lock(client, { log, lockWaitMs });
    for (const migration of await pending(client, migrations)) {
      const from = performance.now();
      const traced = (error?: unknown) =>
        trace?.({ name: `migrate ${migration.name}`, from, to: performance.now(), error });
      try {
        await apply(client, migration);
      } catch (error) {
        traced(error);
        throw error;
      }
      traced();
      done.push(migration.name);
    }
  } finally {
    if (done.length > 0) log.info({ migrations: done }, 'database migrated');
    await client.end();
  }
  return done;
}

/**
 * Takes the lock of node-pg-migrate, asking for it again and again. A statement that waits for it would hold a snapshot,
 * and `CREATE INDEX CONCURRENTLY` of the run that has the lock would wait for the end of that: a deadlock.
 */
async function lock(
  client: Client,
  { log, lockWaitMs }: { readonly log: Pick<Logger, 'info'>; readonly lockWaitMs: number },
): Promise<void> {
  // An ES module; loaded only where it is needed.
  const { PG_MIGRATE_LOCK_ID } = await import('node-pg-migrate');
  const end = performance.now() + lockWaitMs;
  for (let attempt = 1; ; attempt += 1) {
    const { rows } = await client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock($1::bigint) AS locked',
      [PG_MIGRATE_LOCK_ID],
    );
    if (rows[0]?.locked) return;
    if (performance.now() >= end)
      throw new MigrationError(`another run of the migrations has not ended within ${lockWaitMs / 1000} s`);
    if (attempt === 1) log.info('waiting for another run of the migrations');
    await delay(LOCK_POLL_MS);
  }
}

async function pending(client: Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const applied = await appliedMigrations({
    query: async (text: string) => (await client.query<never>(text)).rows,
  });
  const last = migrations.findLast(({ name }) => applied.has(name));
  const lacking = migrations.filter(({ name }) => !applied.has(name));
  const [first] = lacking;
  if (first && last && first.number < last.number)
    throw new MigrationError(
      `${first.file} comes before ${last.name}, which was applied: give it a later number`,
    );
  return lacking;
}

async function apply(client: Client, { file, name }: Migration): Promise<void> {
  const { runner } = await import('node-pg-migrate');
  try {
    await runner({
      dbClient: client,
      dir: dirname(file),
      file: name,
      direction: 'up',
      migrationsTable: MIGRATIONS_TABLE,
      // Done above, for all folders together.
      checkOrder: false,
      noLock: true,
      migrationLoaderStrategies: [{ extensions: ['.sql'], loader: (paths) => Promise.all(paths.map(load)) }],
      log: () => undefined,
    });
  } catch (error) {
    throw new MigrationError(`${file}: ${await explained(error, file)}`, { cause: error });
  }
}

/** A file as node-pg-migrate's own loader gives it, but for the choice to run it without a transaction. */
async function load(path: string) {
  const sql = await readFile(path, 'utf8');
  const up = (builder: { noTransaction(): unknown; sql(text: string): unknown }): void => {
    if (NO_TRANSACTION.test(sql)) builder.noTransaction();
    builder.sql(sql);
  };
  return { id: path, filePaths: [path], actions: { up, down: false as const } };
}

/** SQLSTATE, message and line of an error. */
async function explained(error: unknown, file: string): Promise<string> {
  if (!(error instanceof DatabaseError)) return String(error);
  const { code, message, position } = error;
  if (position === undefined) return `${code} ${message}`;
  const before = (await readFile(file, 'utf8')).slice(0, Number(position) - 1);
  return `${code} ${message} (line ${before.split('\n').length})`;
}
