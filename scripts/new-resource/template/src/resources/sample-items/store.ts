import { uuidv7 } from 'uuidv7';
import { LEAST_UUID, type Range } from '../../api/paging';
import {
  conflictOf,
  queryVersioned,
  unchanged,
  type Versioned,
  type Versions,
  type WriteConflict,
} from '../../api/versioned';
import type { Queryable } from '../../database/queryable';
import type { NewSampleItem, SampleItem, SampleItemPatch } from './schema';

const COLUMNS = 'id, name, version, created_at AS "createdAt", updated_at AS "updatedAt"';

/** Sample items in PostgreSQL, in the table that `migrations` makes. Ids are UUIDs in lower case. */
export class SampleItemStore {
  readonly #sql: Queryable;

  constructor(sql: Queryable) {
    this.#sql = sql;
  }

  /** Sample items in the order of their ids. */
  async list({ limit, after = LEAST_UUID }: Range): Promise<SampleItem[]> {
    const found = await this.#query(
      `SELECT ${COLUMNS} FROM sample_items WHERE id > $1 ORDER BY id LIMIT $2`,
      [after, limit],
    );
    return found.map((each) => each.item);
  }

  async find(id: string): Promise<Versioned<SampleItem> | undefined> {
    const [found] = await this.#query(`SELECT ${COLUMNS} FROM sample_items WHERE id = $1`, [id]);
    return found;
  }

  async create({ name }: NewSampleItem): Promise<Versioned<SampleItem>> {
    const [created] = (await this.#query(
      `INSERT INTO sample_items (id, name) VALUES ($1, $2) RETURNING ${COLUMNS}`,
      [uuidv7(), name],
    )) as [Versioned<SampleItem>];
    return created;
  }

  /** Makes the next version; a patch without members changes nothing, and gives the sample item as it is. */
  async update(
    id: string,
    patch: SampleItemPatch,
    versions: Versions,
  ): Promise<Versioned<SampleItem> | WriteConflict> {
    if (Object.keys(patch).length === 0) return unchanged(await this.find(id), versions);
    const [updated] = await this.#query(
      `UPDATE sample_items SET name = coalesce($3, name), version = version + 1, updated_at = now()
       WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2))
       RETURNING ${COLUMNS}`,
      [id, versions, patch.name],
    );
    return updated ?? conflictOf(await this.find(id));
  }

  /** Gives why it was not deleted; `undefined` if it was. */
  async delete(id: string, versions: Versions): Promise<WriteConflict | undefined> {
    const deleted = await this.#sql.query(
      'DELETE FROM sample_items WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2)) RETURNING id',
      [id, versions],
    );
    return deleted.length > 0 ? undefined : conflictOf(await this.find(id));
  }

  #query(text: string, values: readonly unknown[]): Promise<Versioned<SampleItem>[]> {
    return queryVersioned<SampleItem>(this.#sql, text, values);
  }
}
