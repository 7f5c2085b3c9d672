import express from 'express';
import { Pool } from 'pg';
import { host, port } from './environment';
import { THINGS_PATH, thingsPage } from './things';

interface ThingRow {
  readonly id: string;
  readonly label: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });

/** The service's own statement, with the values of a first page. */
async function list(limit: number) {
  const { rows } = await pool.query<ThingRow>(
    'SELECT id, label, version, created_at, updated_at FROM things WHERE id > $1 ORDER BY id LIMIT $2',
    ['00000000-0000-0000-0000-000000000000', limit],
  );
  return rows.map(({ id, label, created_at, updated_at }) => ({
    id,
    label,
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
  }));
}

const app = express();
app.get(THINGS_PATH, async (_req, res) => {
  res.json(await thingsPage(list));
});
app.listen(port, host);
