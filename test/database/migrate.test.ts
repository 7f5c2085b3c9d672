import { Client } from 'pg';
import { pendingMigrations } from '../../src/database/migrate';
import { Database } from '../../src/database/database';
import { lockWaiters } from '../support/lock-waiters';
import { ServiceProcess } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';

// Each run is a process of its own, as in production.
jest.setTimeout(20_000);

async function migrate(url: string) {
  const run = new ServiceProcess({ DATABASE_URL: url }, ['migrate']);
  const { code } = await run.ended();
  const migrated = run.log.filter(({ msg }) => msg === 'database migrated');
  return { code, applied: migrated.flatMap(({ migrations }) => migrations as string[]), stderr: run.stderr };
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function pending(url: string): Promise<string[]> {
  const log = { warn: () => undefined };
  const database = new Database({ server: { connectionString: url }, ca: undefined, poolSize: 1, log });
  try {
    return await pendingMigrations(database);
  } finally {
    await database.close();
  }
}

/** What an operator would compare: tables, columns, indexes, and the migrations noted down. */
function schemaOf(url: string): Promise<unknown> {
  return withClient(url, async (client) => {
    const statements = [
      `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
       WHERE table_schema = 'public' ORDER BY 1, 2`,
      `SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2`,
      'SELECT name FROM migrations ORDER BY 1',
    ];
    const results: unknown[] = [];
    for (const statement of statements) results.push((await client.query(statement)).rows);
    return results;
  });
}

describe('an empty database', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await testDatabase({ migrated: false });
  });

  afterEach(() => database.drop());

  it('lacks every migration', async () => {
    expect((await pending(database.url)).length).toBeGreaterThan(0);
  });

  it('is brought up to date once, and left alone after that', async () => {
    const lacking = await pending(database.url);
    expect(await migrate(database.url)).toMatchObject({ code: 0, applied: lacking });
    expect(await pending(database.url)).toEqual([]);
    const schema = await schemaOf(database.url);
    expect(await migrate(database.url)).toMatchObject({ code: 0, applied: [] });
    expect(await schemaOf(database.url)).toEqual(schema);
  });

  it('is migrated by one of three that begin at the same time, while the others wait', async () => {
    const lacking = await pending(database.url);
    const runs = await withClient(database.url, async (client) => {
      // In the way of whoever comes first, until all have come.
      await client.query('BEGIN');
      await client.query('CREATE TABLE users (id integer)');
      const begun = [migrate(database.url), migrate(database.url), migrate(database.url)];
      await lockWaiters(client, 2, { advisory: true });
      await client.query('ROLLBACK');
      return Promise.all(begun);
    });
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs.flatMap(({ applied }) => applied)).toEqual(lacking);
    expect(await pending(database.url)).toEqual([]);
  });

  it('keeps nothing of a run that fails', async () => {
    await withClient(database.url, (client) => client.query('CREATE TABLE users (in_the_way integer)'));
    const { code, stderr } = await migrate(database.url);
    expect(code).toBe(1);
    expect(stderr).toMatch(/users/);
    expect((await pending(database.url)).length).toBeGreaterThan(0);
    await withClient(database.url, (client) => client.query('DROP TABLE users'));
    expect(await migrate(database.url)).toMatchObject({ code: 0 });
  });
});

describe('a database that is up to date', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await testDatabase();
  });

  afterEach(() => database.drop());

  it('lacks nothing', async () => {
    expect(await pending(database.url)).toEqual([]);
  });

  it('lacks nothing where a newer version of the service has gone on', async () => {
    await withClient(database.url, (client) =>
      client.query(`INSERT INTO migrations (name, run_on) VALUES ('29990101000000000_later', now())`),
    );
    expect(await pending(database.url)).toEqual([]);
    expect(await migrate(database.url)).toMatchObject({ code: 0, applied: [] });
  });

  it('lacks what was not noted down', async () => {
    await withClient(database.url, (client) => client.query('DELETE FROM migrations'));
    expect((await pending(database.url)).length).toBeGreaterThan(0);
  });
});

it('ends with exit code 1 where the database cannot be reached', async () => {
  const { code, stderr } = await migrate('postgresql://api:secret-password@127.0.0.1:1/api');
  expect(code).toBe(1);
  expect(stderr).toMatch(/ECONNREFUSED/);
  expect(stderr).not.toContain('secret-password');
});
