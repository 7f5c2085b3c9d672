import { DatabaseError } from 'pg';
import { uuidv7 } from 'uuidv7';
import type { Range } from '../../api/paging';
import { unchanged, type Versioned, type Versions, type WriteConflict } from '../../api/versioned';
import type { Queryable } from '../../database/queryable';
import type { NewUser, User, UserPatch } from './schema';

/** Why a change to a user was not made. */
export type UserConflict = WriteConflict | 'email_taken';

/** Users. Ids are UUIDs in lower case; e-mail addresses are unique without regard to case. */
export interface UserStore {
  /** Users in the order of their ids, from the first after `after`. */
  list(options: Range & { readonly email?: string | undefined }): Promise<User[]>;
  find(id: string): Promise<Versioned<User> | undefined>;
  create(user: NewUser): Promise<Versioned<User> | 'email_taken'>;
  /** Makes the next version of a user; a patch without members changes nothing, and gives the user as it is. */
  update(id: string, patch: UserPatch, versions: Versions): Promise<Versioned<User> | UserConflict>;
  /** Gives why it was not deleted; `undefined` if it was. */
  delete(id: string, versions: Versions): Promise<WriteConflict | undefined>;
}

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const COLUMNS = 'id, email, name, version, created_at, updated_at';
const LEAST_UUID = '00000000-0000-0000-0000-000000000000';

/** Users in PostgreSQL, in the table that `migrations` makes. */
export function postgresUserStore(sql: Queryable): UserStore {
  async function conflictOf(id: string): Promise<WriteConflict> {
    const rows = await sql.query('SELECT FROM users WHERE id = $1', [id]);
    return rows.length > 0 ? 'version_mismatch' : 'not_found';
  }

  async function find(id: string): Promise<Versioned<User> | undefined> {
    const [row] = await sql.query<UserRow>(`SELECT ${COLUMNS} FROM users WHERE id = $1`, [id]);
    return row && toVersioned(row);
  }

  return {
    find,

    async list({ limit, after = LEAST_UUID, email }) {
      const rows = await (email === undefined
        ? sql.query<UserRow>(`SELECT ${COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2`, [
            after,
            limit,
          ])
        : sql.query<UserRow>(
            `SELECT ${COLUMNS} FROM users WHERE lower(email COLLATE "C") = $3 AND id > $1 LIMIT $2`,
            [after, limit, email.toLowerCase()],
          ));
      return rows.map((row) => toVersioned(row).item);
    },

    async create({ email, name }) {
      const [row] = await sql.query<UserRow>(
        `INSERT INTO users (id, email, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [uuidv7(), email, name],
      );
      return row ? toVersioned(row) : 'email_taken';
    },

    async update(id, { email, name }, versions) {
      if (email === undefined && name === undefined) return unchanged(await find(id), versions);
      try {
        const [row] = await sql.query<UserRow>(
          `UPDATE users
           SET email = coalesce($2, email), name = coalesce($3, name), version = version + 1, updated_at = now()
           WHERE id = $1 AND ($4::integer[] IS NULL OR version = ANY ($4))
           RETURNING ${COLUMNS}`,
          [id, email, name, versions],
        );
        return row ? toVersioned(row) : await conflictOf(id);
      } catch (error) {
        const uniqueViolation = '23505';
        if (error instanceof DatabaseError && error.code === uniqueViolation) return 'email_taken';
        throw error;
      }
    },

    async delete(id, versions) {
      const rows = await sql.query(
        'DELETE FROM users WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2)) RETURNING id',
        [id, versions],
      );
      return rows.length > 0 ? undefined : conflictOf(id);
    },
  };
}

function toVersioned({ id, email, name, version, created_at, updated_at }: UserRow): Versioned<User> {
  return {
    item: { id, email, name, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() },
    version,
  };
}
