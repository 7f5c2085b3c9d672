import express from 'express';
import { Pool } from 'pg';
import { host, port } from './environment';
import { USERS_PATH, usersPage } from './users';

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });

/** The service's own statement, with the values of a first page. */
async function list(limit: number) {
  const { rows } = await pool.query<UserRow>(
    'SELECT id, email, name, version, created_at, updated_at FROM users WHERE id > $1 ORDER BY id LIMIT $2',
    ['00000000-0000-0000-0000-000000000000', limit],
  );
  return rows.map(({ id, email, name, created_at, updated_at }) => ({
    id,
    email,
    name,
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
  }));
}

const app = express();
app.get(USERS_PATH, async (_req, res) => {
  res.json(await usersPage(list));
});
app.listen(port, host);
