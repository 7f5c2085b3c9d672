import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError } from 'pg';
import type { Queryable } from './queryable';

/** Where node-pg-migrate keeps the names of the migrations that were applied. */
export const MIGRATIONS_TABLE = 'migrations';

/** An SQL file that takes the schema one step further. */
export interface Migration {
  /** Its path. */
  readonly file: string;
  /** Its name without `.sql`, by which the database remembers it. */
  readonly name: string;
  /** The digits with which the name begins: migrations are applied in the order of their numbers. */
  readonly number: bigint;
}

/** Migrations that cannot be applied. The message names the file. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Finds the migrations in several folders, in the order in which they are applied.
 *
 * @throws MigrationError if a file is not named `<number>_<what it does>.sql`, or two have the same number
 */
export function findMigrations(folders: readonly string[]): readonly Migration[] {
  const migrations = folders.flatMap(migrationsIn);
  migrations.sort((one, other) => (one.number < other.number ? -1 : 1));
  for (const [index, { file, number }] of migrations.entries()) {
    const next = migrations[index + 1];
    if (next?.number === number) throw new MigrationError(`${file} and ${next.file} have the same number`);
  }
  return migrations;
}

function migrationsIn(folder: string): Migration[] {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return names.map((name) => {
    const file = join(folder, name);
    const digits = /^(\d+)_.+\.sql$/.exec(name)?.[1];
    if (digits === undefined) throw new MigrationError(`${file} is not named <number>_<what it does>.sql`);
    return { file, name: name.slice(0, -'.sql'.length), number: BigInt(digits) };
  });
}

/**
 * The names of the migrations that a database remembers, those that the project no longer has included.
 *
 * @throws DatabaseUnavailableError if the database cannot be asked
 */
export async function appliedMigrations(database: Queryable): Promise<ReadonlySet<string>> {
  try {
    const rows = await database.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE}`);
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    const undefinedTable = '42P01';
    if (error instanceof DatabaseError && error.code === undefinedTable) return new Set();
    throw error;
  }
}
