import { uuidv7 } from 'uuidv7';
import { LEAST_UUID, type Range } from '../../../src/api/paging';
import {
  conflictOf,
  queryVersioned,
  unchanged,
  type Versioned,
  type Versions,
  type WriteConflict,
} from '../../../src/api/versioned';
import { isUniqueViolation } from '../../../src/database/errors';
import type { Queryable } from '../../../src/database/queryable';
import type { NewThing, Thing, ThingPatch } from './schema';

/** Why a change to a thing was not made. */
export type ThingConflict = WriteConflict | 'label_taken';

const COLUMNS = 'id, label, version, created_at AS "createdAt", updated_at AS "updatedAt"';

/** Things in PostgreSQL, in the table that `migrations` makes. */
export class PostgresThingStore {
  readonly #sql: Queryable;

  constructor(sql: Queryable) {
    this.#sql = sql;
  }

  async list({ limit, after = LEAST_UUID, label }: Range & { readonly label?: string | undefined }) {
    const found = await (label === undefined
      ? this.#query(`SELECT ${COLUMNS} FROM things WHERE id > $1 ORDER BY id LIMIT $2`, [after, limit])
      : this.#query(`SELECT ${COLUMNS} FROM things WHERE label = $3 AND id > $1 LIMIT $2`, [
          after,
          limit,
          label,
        ]));
    return found.map(({ item }) => item);
  }

  async find(id: string): Promise<Versioned<Thing> | undefined> {
    const [found] = await this.#query(`SELECT ${COLUMNS} FROM things WHERE id = $1`, [id]);
    return found;
  }

  async create({ label }: NewThing): Promise<Versioned<Thing> | 'label_taken'> {
    const [created] = await this.#query(
      `INSERT INTO things (id, label) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [uuidv7(), label],
    );
    return created ?? 'label_taken';
  }

  async update(id: string, patch: ThingPatch, versions: Versions): Promise<Versioned<Thing> | ThingConflict> {
    if (Object.keys(patch).length === 0) return unchanged(await this.find(id), versions);
    try {
      const [updated] = await this.#query(
        `UPDATE things SET label = $3, version = version + 1, updated_at = now()
         WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2)) RETURNING ${COLUMNS}`,
        [id, versions, patch.label],
      );
      return updated ?? conflictOf(await this.find(id));
    } catch (error) {
      if (isUniqueViolation(error, 'things_label_key')) return 'label_taken';
      throw error;
    }
  }

  async delete(id: string, versions: Versions): Promise<WriteConflict | undefined> {
    const deleted = await this.#sql.query(
      'DELETE FROM things WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2)) RETURNING id',
      [id, versions],
    );
    return deleted.length > 0 ? undefined : conflictOf(await this.find(id));
  }

  #query(text: string, values: readonly unknown[]): Promise<Versioned<Thing>[]> {
    return queryVersioned<Thing>(this.#sql, text, values);
  }
}

/** What the handlers use of it, so that tests can put another in its place. */
export type ThingStore = Pick<PostgresThingStore, keyof PostgresThingStore>;
