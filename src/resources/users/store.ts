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
import { isUniqueViolation } from '../../database/errors';
import type { Queryable } from '../../database/queryable';
import type { NewUser, User, UserPatch } from './schema';

/** Why a change to a user was not made. */
export type UserConflict = WriteConflict | 'email_taken';

const COLUMNS = 'id, email, name, version, created_at AS "createdAt", updated_at AS "updatedAt"';

/**
 * Users in PostgreSQL, in the table that `migrations` makes. Ids are UUIDs in lower case; e-mail addresses are unique
 * without regard to case.
 */
export class UserStore {
  readonly #sql: Queryable;

  constructor(sql: Queryable) {
    this.#sql = sql;
  }

  /** Users in the order of their ids, or only the one with an address. */
  async list({ limit, after = LEAST_UUID, email }: Range & { readonly email?: string | undefined }) {
    const found = await (email === undefined
      ? this.#query(`SELECT ${COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2`, [after, limit])
      : this.#query(`SELECT ${COLUMNS} FROM users WHERE lower(email COLLATE "C") = $3 AND id > $1 LIMIT $2`, [
          after,
          limit,
          email.toLowerCase(),
        ]));
    return found.map(({ item }) => item);
  }

  async find(id: string): Promise<Versioned<User> | undefined> {
    const [found] = await this.#query(`SELECT ${COLUMNS} FROM users WHERE id = $1`, [id]);
    return found;
  }

  async create({ email, name }: NewUser): Promise<Versioned<User> | 'email_taken'> {
    const [created] = await this.#query(
      `INSERT INTO users (id, email, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [uuidv7(), email, name],
    );
    return created ?? 'email_taken';
  }

  /** Makes the next version of a user; a patch without members changes nothing, and gives the user as it is. */
  async update(id: string, patch: UserPatch, versions: Versions): Promise<Versioned<User> | UserConflict> {
    if (Object.keys(patch).length === 0) return unchanged(await this.find(id), versions);
    try {
      const [updated] = await this.#query(
        `UPDATE users
         SET email = coalesce($3, email), name = coalesce($4, name), version = version + 1, updated_at = now()
         WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2))
         RETURNING ${COLUMNS}`,
        [id, versions, patch.email, patch.name],
      );
      return updated ?? conflictOf(await this.find(id));
    } catch (error) {
      if (isUniqueViolation(error, 'users_email_key')) return 'email_taken';
      throw error;
    }
  }

  /** Gives why it was not deleted; `undefined` if it was. */
  async delete(id: string, versions: Versions): Promise<WriteConflict | undefined> {
    const deleted = await this.#sql.query(
      'DELETE FROM users WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2)) RETURNING id',
      [id, versions],
    );
    return deleted.length > 0 ? undefined : conflictOf(await this.find(id));
  }

  #query(text: string, values: readonly unknown[]): Promise<Versioned<User>[]> {
    return queryVersioned<User>(this.#sql, text, values);
  }
}
