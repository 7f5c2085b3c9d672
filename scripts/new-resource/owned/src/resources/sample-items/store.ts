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

/**
 * The sample items of one client in PostgreSQL, in the table that `migrations` makes. Every statement is restricted to
 * them: those of other clients do not exist here. Ids are UUIDs in lower case.
 */
export class SampleItemStore {
  readonly #sql: Queryable;
  readonly #clientId: string;

  constructor(sql: Queryable, clientId: string) {
    this.#sql = sql;
    this.#clientId = clientId;
  }

  /** Sample items in the order of their ids. */
  async list({ limit, after = LEAST_UUID }: Range): Promise<SampleItem[]> {
    const found = await this.#query(
      `SELECT ${COLUMNS} FROM sample_items WHERE client_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
      [this.#clientId, after, limit],
    );
    return found.map((each) => each.item);
  }

  async find(id: string): Promise<Versioned<SampleItem> | undefined> {
    const [found] = await this.#query(
      `SELECT ${COLUMNS} FROM sample_items WHERE client_id = $1 AND id = $2`,
      [this.#clientId, id],
    );
    return found;
  }

  async create({ name }: NewSampleItem): Promise<Versioned<SampleItem>> {
    const [created] = (await this.#query(
      `INSERT INTO sample_items (client_id, id, name) VALUES ($1, $2, $3) RETURNING ${COLUMNS}`,
      [this.#clientId, uuidv7(), name],
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
      `UPDATE sample_items SET name = coalesce($4, name), version = version + 1, updated_at = now()
       WHERE client_id = $1 AND id = $2 AND ($3::integer[] IS NULL OR version = ANY ($3))
       RETURNING ${COLUMNS}`,
      [this.#clientId, id, versions, patch.name],
    );
    return updated ?? conflictOf(await this.find(id));
  }

  /** Gives why it was not deleted; `undefined` if it was. */
  async delete(id: string, versions: Versions): Promise<WriteConflict | undefined> {
    const deleted = await this.#sql.query(
      `DELETE FROM sample_items
       WHERE client_id = $1 AND id = $2 AND ($3::integer[] IS NULL OR version = ANY ($3)) RETURNING id`,
      [this.#clientId, id, versions],
    );
    return deleted.length > 0 ? undefined : conflictOf(await this.find(id));
  }

  #query(text: string, values: readonly unknown[]): Promise<Versioned<SampleItem>[]> {
    return queryVersioned<SampleItem>(this.#sql, text, values);
  }
}
