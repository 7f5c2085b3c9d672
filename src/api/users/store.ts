import { DatabaseError } from 'pg';
import { uuidv7 } from 'uuidv7';
import type { Queryable } from '../../database/queryable';
import type { NewUser, User, UserPatch } from './schema';

/** A user and the version of its representation, which grows with every change. */
export interface StoredUser {
  readonly user: User;
  readonly version: number;
}

/** Versions that a change may be made to; `undefined`: any. */
export type Versions = readonly number[] | undefined;

/** Why a change was not made. */
export type Obstacle = 'not_found' | 'version_mismatch' | 'email_taken';

/** Users, kept somewhere. Ids are UUIDs in lower case; e-mail addresses are unique without regard to case. */
export interface UserStore {
  /** Users in the order of their ids, from the first after `after`. */
  list(options: { limit: number; after?: string | undefined; email?: string | undefined }): Promise<User[]>;
  find(id: string): Promise<StoredUser | undefined>;
  create(user: NewUser): Promise<StoredUser | 'email_taken'>;
  /** Makes the next version of a user; a patch without members changes nothing, and gives the user as it is. */
  update(id: string, patch: UserPatch, versions: Versions): Promise<StoredUser | Obstacle>;
  /** Gives what stood in the way, if anything did. */
  delete(id: string, versions: Versions): Promise<Obstacle | undefined>;
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
export function postgresUserStore(database: Queryable): UserStore {
  async function obstacleOf(id: string): Promise<Obstacle> {
    const rows = await database.query('SELECT FROM users WHERE id = $1', [id]);
    return rows.length > 0 ? 'version_mismatch' : 'not_found';
  }

  async function find(id: string): Promise<StoredUser | undefined> {
    const [row] = await database.query<UserRow>(`SELECT ${COLUMNS} FROM users WHERE id = $1`, [id]);
    return row && toStoredUser(row);
  }

  /** What a patch without members gives: it changes nothing, the version included. */
  async function unchanged(id: string, versions: Versions): Promise<StoredUser | Obstacle> {
    const found = await find(id);
    if (!found) return 'not_found';
    return versions && !versions.includes(found.version) ? 'version_mismatch' : found;
  }

  return {
    find,

    async list({ limit, after = LEAST_UUID, email }) {
      const rows = await (email === undefined
        ? database.query<UserRow>(`SELECT ${COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2`, [
            after,
            limit,
          ])
        : database.query<UserRow>(
            `SELECT ${COLUMNS} FROM users WHERE lower(email COLLATE "C") = $3 AND id > $1 LIMIT $2`,
            [after, limit, email.toLowerCase()],
          ));
      return rows.map((row) => toStoredUser(row).user);
    },

    async create({ email, name }) {
      const [row] = await database.query<UserRow>(
        `INSERT INTO users (id, email, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [uuidv7(), email, name],
      );
      return row ? toStoredUser(row) : 'email_taken';
    },

    async update(id, { email, name }, versions) {
      if (email === undefined && name === undefined) return unchanged(id, versions);
      try {
        const [row] = await database.query<UserRow>(
          `UPDATE users
           SET email = coalesce($2, email), name = coalesce($3, name), version = version + 1, updated_at = now()
           WHERE id = $1 AND ($4::integer[] IS NULL OR version = ANY ($4))
           RETURNING ${COLUMNS}`,
          [id, email, name, versions],
        );
        return row ? toStoredUser(row) : await obstacleOf(id);
      } catch (error) {
        const uniqueViolation = '23505';
        if (error instanceof DatabaseError && error.code === uniqueViolation) return 'email_taken';
        throw error;
      }
    },

    async delete(id, versions) {
      const rows = await database.query(
        'DELETE FROM users WHERE id = $1 AND ($2::integer[] IS NULL OR version = ANY ($2)) RETURNING id',
        [id, versions],
      );
      return rows.length > 0 ? undefined : obstacleOf(id);
    },
  };
}

function toStoredUser({ id, email, name, version, created_at, updated_at }: UserRow): StoredUser {
  return {
    user: { id, email, name, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() },
    version,
  };
}
