import { DatabaseError } from 'pg';
import { uuidv7 } from 'uuidv7';
import type { Range } from '../../../src/api/paging';
import { unchanged, type Versioned, type Versions, type WriteConflict } from '../../../src/api/versioned';
import type { Queryable } from '../../../src/database/queryable';
import type { NewThing, Thing, ThingPatch } from './schema';

export interface ThingStore {
  list(options: Range & { readonly label?: string | undefined }): Promise<Thing[]>;
  find(id: string): Promise<Versioned<Thing> | undefined>;
  create(thing: NewThing): Promise<Versioned<Thing> | 'label_taken'>;
  update(
    id: string,
    patch: ThingPatch,
    versions: Versions,
  ): Promise<Versioned<Thing> | WriteConflict | 'label_taken'>;
  delete(id: string, versions: Versions): Promise<WriteConflict | undefined>;
}

interface ThingRow {
  readonly id: string;
  readonly label: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const COLUMNS = 'id, label, version, created_at, updated_at';
const LEAST_UUID = '00000000-0000-0000-0000-000000000000';

/** Things in PostgreSQL, in the table that `migrations` makes. */
export function postgresThingStore(sql: Queryable): ThingStore {
  async function conflictOf(id: string): Promise<WriteConflict> {
    const rows = await sql.query('SELECT FROM things WHERE id = $1', [id]);
    return rows.length > 0 ? 'version_mismatch' : 'not_found';
  }

  async function find(id: string): Promise<Versioned<Thing> | undefined> {
    const [row] = await sql.query<ThingRow>(`SELECT ${COLUMNS} FROM things WHERE id = $1`, [id]);
    return row && toVersioned(row);
  }

  return {
    find,

    async list({ limit, after = LEAST_UUID, label }) {
      const rows = await (label === undefined
        ? sql.query<ThingRow>(`SELECT ${COLUMNS} FROM things WHERE id > $1 ORDER BY id LIMIT $2`, [
            after,
            limit,
          ])
        : sql.query<ThingRow>(`SELECT ${COLUMNS} FROM things WHERE label = $3 AND id > $1 LIMIT $2`, [
            after,
            limit,
            label,
          ]));
      return rows.map((row) => toVersioned(row).item);
    },

    async create({ label }) {
      const [row] = await sql.query<ThingRow>(
        `INSERT INTO things (id, label) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [uuidv7(), label],
      );
      return row ? toVersioned(row) : 'label_taken';
    },

    async update(id, { label }, versions) {
      if (label === undefined) return unchanged(await find(id), versions);
      try {
        const [row] = await sql.query<ThingRow>(
          `UPDATE things SET label = $2, version = version + 1, updated_at = now()
           WHERE id = $1 AND ($3::integer[] IS NULL OR version = ANY ($3)) RETURNING ${COLUMNS}`,
          [id, label, versions],
        );
        return row ? toVersioned(row) : await conflictOf(id);
      } catch (error) {
        const uniqueViolation = '23505';
        if (error instanceof DatabaseError && error.code === uniqueViolation) return 'label_taken';
        throw error;
      }
    },

    async delete(id, versions) {
      const rows = await sql.query(
        'DELETE FROM things WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2)) RETURNING id',
        [id, versions],
      );
      return rows.length > 0 ? undefined : conflictOf(id);
    },
  };
}

function toVersioned({ id, label, version, created_at, updated_at }: ThingRow): Versioned<Thing> {
  return {
    item: { id, label, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() },
    version,
  };
}
