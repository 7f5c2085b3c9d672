import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { appliedMigrations, findMigrations } from '../../src/database/migrations';
import { migrationFolders } from '../../src/migration-folders';
import { connected } from '../support/database';
import { resources } from '../support/service-resources';
import { lockWaiters } from '../support/lock-waiters';
import { MigrationRun } from '../support/migration-run';
import { ServiceProcess } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';

// Each run is a process of its own, as in production.
jest.setTimeout(30_000);

const WAITING = 'waiting for another run of the migrations';

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

async function applied(url: string): Promise<ReadonlySet<string>> {
  const database = connected(url);
  try {
    return await appliedMigrations(database);
  } finally {
    await database.close();
  }
}

/** The project's own migrations that a database lacks. */
async function pending(url: string): Promise<string[]> {
  const names = await applied(url);
  return findMigrations(migrationFolders(resources))
    .map(({ name }) => name)
    .filter((name) => !names.has(name));
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
      // Blocks the first run until all have started.
      await client.query('BEGIN');
      await client.query('CREATE TABLE things (id integer)');
      const begun = Array.from(
        { length: 3 },
        () => new MigrationRun(database.url, migrationFolders(resources)),
      );
      await Promise.any(
        begun.map((run) =>
          Promise.all(begun.filter((other) => other !== run).map((other) => other.logged(WAITING))),
        ),
      );
      await lockWaiters(client, 1);
      await client.query('ROLLBACK');
      return Promise.all(begun.map(({ result }) => result));
    });
    expect(runs).toHaveLength(3);
    expect(runs).toContainEqual({ applied: lacking });
    expect(runs.filter((run) => 'applied' in run && run.applied.length === 0)).toHaveLength(2);
    expect(await pending(database.url)).toEqual([]);
  });

  it('is left as it was by a migration that fails, which is named with what the server says', async () => {
    await withClient(database.url, (client) => client.query('CREATE TABLE things (in_the_way integer)'));
    const { code, stderr } = await migrate(database.url);
    expect(code).toBe(1);
    expect(stderr).toMatch(/_create-things\.sql: 42P07 relation "things" already exists/);
    expect((await pending(database.url)).length).toBeGreaterThan(0);
    await withClient(database.url, (client) => client.query('DROP TABLE things'));
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

  it('is not taken for an empty one where its migrations cannot be read', async () => {
    await withClient(database.url, (client) => client.query('ALTER TABLE migrations RENAME name TO title'));
    await expect(applied(database.url)).rejects.toMatchObject({ code: '42703' });
  });

  it('lacks what was not noted down', async () => {
    await withClient(database.url, (client) => client.query('DELETE FROM migrations'));
    expect((await pending(database.url)).length).toBeGreaterThan(0);
  });
});

describe('the migrations of several folders', () => {
  let database: TestDatabase;
  let root: string;
  let runs: MigrationRun[];

  beforeEach(async () => {
    database = await testDatabase({ migrated: false });
    root = mkdtempSync(join(tmpdir(), 'migrations-'));
    runs = [];
  });

  afterEach(async () => {
    for (const run of runs) run.kill();
    rmSync(root, { recursive: true });
    await database.drop();
  });

  /** Writes migrations, by folder and name. */
  function write(files: Readonly<Record<string, string>>): void {
    for (const [path, sql] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, `${path}.sql`), sql);
    }
  }

  function run(folders: readonly string[], options?: { lockWaitMs: number }): MigrationRun {
    const begun = new MigrationRun(
      database.url,
      folders.map((folder) => join(root, folder)),
      options,
    );
    runs.push(begun);
    return begun;
  }

  const steps = () =>
    withClient(database.url, async (client) => {
      const { rows } = await client.query<{ step: string }>('SELECT step FROM steps ORDER BY id');
      return rows.map(({ step }) => step);
    });

  const STEPS = 'CREATE TABLE steps (id serial, step text)';
  const step = (name: string) => `INSERT INTO steps (step) VALUES ('${name}');\n`;

  it('are applied in the order of their numbers', async () => {
    write({
      'b/1_steps': STEPS,
      'a/2_two': step('two'),
      'b/10_ten': step('ten'),
      'a/3_three': step('three'),
    });
    expect(await run(['a', 'b']).result).toEqual({ applied: ['1_steps', '2_two', '3_three', '10_ten'] });
    expect(await steps()).toEqual(['two', 'three', 'ten']);
    expect(await run(['b', 'a']).result).toEqual({ applied: [] });
  });

  it('are kept one by one: a statement that fails takes back its own file only, and is named', async () => {
    write({
      'a/1_steps': STEPS,
      'b/2_two': `-- Fails.\n${step('two')}\nINSERT INTO steps (step)\nVALES ('x');\n${step('three')}`,
      'a/3_three': step('three'),
    });
    expect(await run(['a', 'b']).result).toEqual({
      error: {
        name: 'MigrationError',
        message: `${join(root, 'b/2_two.sql')}: 42601 syntax error at or near "VALES" (line 5)`,
      },
    });
    expect(await steps()).toEqual([]);
    expect(await applied(database.url)).toEqual(new Set(['1_steps']));
    write({ 'b/2_two': step('two') });
    expect(await run(['a', 'b']).result).toEqual({ applied: ['2_two', '3_three'] });
    expect(await steps()).toEqual(['two', 'three']);
  });

  it('are named also where a statement fails at a place that the server does not know', async () => {
    write({ 'a/1_steps': `${STEPS}; SELECT 1 / 0` });
    expect(await run(['a']).result).toMatchObject({
      error: { message: `${join(root, 'a/1_steps.sql')}: 22012 division by zero` },
    });
  });

  it('are refused where one comes before another that was applied', async () => {
    write({ 'a/1_steps': STEPS, 'a/3_three': step('three') });
    await run(['a']).result;
    write({ 'b/2_two': step('two'), 'b/4_four': step('four') });
    expect(await run(['a', 'b']).result).toEqual({
      error: {
        name: 'MigrationError',
        message: `${join(root, 'b/2_two.sql')} comes before 3_three, which was applied: give it a later number`,
      },
    });
    expect(await steps()).toEqual(['three']);
  });

  it('are applied also where others were, of a resource that was removed', async () => {
    write({ 'a/1_steps': STEPS, 'removed/2_two': step('two'), 'removed/5_five': step('five') });
    await run(['a', 'removed']).result;
    write({ 'a/3_three': step('three'), 'a/6_six': step('six') });
    expect(await run(['a']).result).toEqual({ applied: ['3_three', '6_six'] });
    expect(await steps()).toEqual(['two', 'five', 'three', 'six']);
  });

  it('are left alone by an older version, and go on with a newer one', async () => {
    write({
      'old/1_steps': STEPS,
      'new/1_steps': STEPS,
      'new/2_two': step('two'),
      'newer/3_three': step('three'),
    });
    await run(['new']).result;
    expect(await run(['old']).result).toEqual({ applied: [] });
    expect(await run(['new', 'newer']).result).toEqual({ applied: ['3_three'] });
    expect(await steps()).toEqual(['two', 'three']);
  });

  describe('that cannot run in a transaction', () => {
    const index = 'CREATE INDEX CONCURRENTLY steps_step ON steps (step);\n';

    it('say so in their first line', async () => {
      write({ 'a/1_steps': STEPS, 'a/2_index': `-- no-transaction\n${index}` });
      expect(await run(['a']).result).toEqual({ applied: ['1_steps', '2_index'] });
    });

    it('are refused by the server where they say so elsewhere', async () => {
      write({ 'a/1_steps': STEPS, 'a/2_index': `${index}-- no-transaction` });
      const message = `${join(root, 'a/2_index.sql')}: 25001 CREATE INDEX CONCURRENTLY cannot run inside a transaction block`;
      expect(await run(['a']).result).toMatchObject({ error: { message } });
      expect(await applied(database.url)).toEqual(new Set(['1_steps']));
    });

    it('are not held up by runs that wait for them', async () => {
      write({ 'a/1_steps': STEPS });
      await run(['a']).result;
      write({ 'a/2_index': `-- no-transaction\n${index}`, 'a/3_three': step('three') });
      const runs = await withClient(database.url, async (client) => {
        // The index waits for the end of a transaction that has written.
        await client.query('BEGIN');
        await client.query(step('before'));
        const first = run(['a']);
        await lockWaiters(client, 1);
        const others = [run(['a']), run(['a'])];
        await Promise.all(others.map((other) => other.logged(WAITING)));
        await client.query('COMMIT');
        return [first, ...others];
      });
      const results = await Promise.all(runs.map(({ result }) => result));
      expect(results).toEqual([{ applied: ['2_index', '3_three'] }, { applied: [] }, { applied: [] }]);
      expect(runs.map(({ messages }) => messages)).toEqual([['database migrated'], [WAITING], [WAITING]]);
    });
  });

  it('are given up in time where another run does not end, and say once that they wait', async () => {
    write({ 'a/1_steps': STEPS });
    const second = await withClient(database.url, async (client) => {
      await client.query('BEGIN');
      await client.query('CREATE TABLE steps (in_the_way integer)');
      const first = run(['a']);
      await lockWaiters(client, 1);
      const waiting = run(['a'], { lockWaitMs: 500 });
      await waiting.result;
      await client.query('ROLLBACK');
      await first.result;
      return waiting;
    });
    expect(await second.result).toEqual({
      error: { name: 'MigrationError', message: 'another run of the migrations has not ended within 0.5 s' },
    });
    expect(second.messages).toEqual([WAITING]);
  });

  it('can be applied by another run when one was killed', async () => {
    write({ 'a/1_steps': `${STEPS}; SELECT pg_sleep(60)` });
    const killed = run(['a']);
    killed.result.catch(() => undefined);
    await withClient(database.url, async (client) => {
      await until('the run to be under way', async () => {
        const { rowCount } = await client.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
        );
        return rowCount === 1;
      });
      killed.kill();
      // Which the server notices only when it has something to send.
      await client.query(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event = 'PgSleep'`,
      );
    });
    write({ 'a/1_steps': STEPS });
    expect(await run(['a']).result).toEqual({ applied: ['1_steps'] });
  });
});

it('ends with exit code 1 where the database cannot be reached', async () => {
  const { code, stderr } = await migrate('postgresql://api:secret-password@127.0.0.1:1/api');
  expect(code).toBe(1);
  expect(stderr).toMatch(/ECONNREFUSED/);
  expect(stderr).not.toContain('secret-password');
});
