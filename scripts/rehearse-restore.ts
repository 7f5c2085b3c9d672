/**
 * Rehearses a point-in-time restore. A database server is lost, and all that is left of it is a base backup and the
 * archived WAL. The copy that is recovered from them must have what was committed before the chosen moment and nothing
 * that was committed after it, and the service must serve from it. `docs/recovery.md` has the same steps on AWS.
 *
 * The base backup is made with PostgreSQL's backup functions, since the `pg_basebackup` of an operating system may be
 * older than the server: https://www.postgresql.org/docs/current/continuous-archiving.html
 */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { chown, cp, mkdir, mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type Postgres, startPostgres } from '../local/postgres';
import { openCluster } from '../local/postgres/cluster';
import { compileService } from '../test/support/compiled-service';
import { jwksServer } from '../test/support/jwks-server';
import { serviceEnvironment, ServiceProcess } from '../test/support/service-process';
import { UserPool } from '../test/support/user-pool';

const ROWS_BEFORE_BACKUP = 200_000;
const MOST_ARCHIVE_SECONDS = 60;

/** What a copy of a running server does without: its lock, its WAL, which the archive has, and what a start makes. */
const LEFT_OUT = new RegExp(
  [
    String.raw`^postmaster\.(pid|opts)$`,
    String.raw`^pg_(wal|replslot|dynshmem|notify|serial|snapshots|stat_tmp|subtrans)/.`,
    String.raw`(^|/)(pgsql_tmp|pg_internal\.init)`,
  ].join('|'),
);

interface Folders {
  /** The server that is lost. */
  readonly lost: string;
  /** The base backup, which becomes the recovered server. */
  readonly copy: string;
  readonly archive: string;
}

/** What the copy must have. */
interface Moment {
  /** As PostgreSQL writes it. */
  readonly time: string;
  readonly rows: Rows;
}

/** The number of rows by their label, which says when they were committed. */
type Rows = Readonly<Record<string, number>>;

/** Starts a server that archives its WAL. */
async function startArchiving({ lost, archive }: Folders): Promise<Postgres> {
  const { data } = await openCluster(lost, true);
  await mkdir(archive);
  await giveToOwnerOf(data, archive);
  configure(
    data,
    'archive_mode = on',
    `archive_command = 'test ! -f "${archive}/%f" && cp "%p" "${archive}/%f"'`,
  );
  return startPostgres({ directory: lost, port: 0, durable: true });
}

async function migrate(environment: Record<string, string>): Promise<void> {
  const migration = new ServiceProcess(environment, ['migrate']);
  strictEqual((await migration.ended()).code, 0, migration.stderr);
}

/** Writes rows before, during and after a base backup, then deletes what should have stayed. */
async function writeAndDelete(url: string, folders: Folders): Promise<Moment> {
  const [client, other] = [await connect(url), await connect(url)];
  const write = (label: string, { count = 1, by = client } = {}) =>
    by.query(
      'INSERT INTO rehearsal (label, filler) SELECT $1, repeat(md5(i::text), 6) FROM generate_series(1, $2::int) i',
      [label, count],
    );
  try {
    await client.query('CREATE TABLE rehearsal (label text, filler text)');
    await write('before the backup', { count: ROWS_BEFORE_BACKUP });
    const size = await value(client, 'SELECT pg_size_pretty(pg_database_size(current_database()))');
    process.stdout.write(`database: ${size}\n`);

    const backup = { complete: false };
    const backingUp = timed('base backup', () => backUp(url, folders)).finally(
      () => (backup.complete = true),
    );
    while (!backup.complete) await write('during the backup');
    await backingUp;

    await write('before the moment');
    await other.query('BEGIN');
    await write('uncommitted at the moment', { by: other });
    const rows = await rowsOf(client);
    const time = await value(client, 'SELECT clock_timestamp()::text');
    await other.query('COMMIT');
    await write('after the moment');
    await client.query("DELETE FROM rehearsal WHERE label = 'before the backup'");
    await timed('last WAL archived', () => archiveWal(client));
    return { time, rows };
  } finally {
    await client.end();
    await other.end();
  }
}

/** Makes a base backup of a server that goes on working. */
async function backUp(url: string, { lost, copy }: Folders): Promise<void> {
  // Both functions must be called in one session.
  const client = await connect(url);
  try {
    await client.query("SELECT pg_backup_start('rehearsal', fast => true)");
    const [from, to] = [join(lost, 'data'), join(copy, 'data')];
    await cp(from, to, { recursive: true, filter: (path) => !LEFT_OUT.test(relative(from, path)) });
    // Without it the server would start from the newest checkpoint in the copy, which came after the backup began.
    writeFileSync(join(to, 'backup_label'), await value(client, 'SELECT labelfile FROM pg_backup_stop()'));
    await cp(join(lost, 'password'), join(copy, 'password'));
    await giveToOwnerOf(from, to);
  } finally {
    await client.end();
  }
}

/** Ends the WAL file that is being written, and waits until it is archived: what comes later would be lost. */
async function archiveWal(client: Client): Promise<void> {
  const file = await value(client, 'SELECT pg_walfile_name(pg_switch_wal())');
  const end = Date.now() + MOST_ARCHIVE_SECONDS * 1000;
  const isWaiting = `SELECT count(*)::text FROM pg_ls_archive_statusdir() WHERE name = '${file}.ready'`;
  while ((await value(client, isWaiting)) !== '0') {
    if (Date.now() > end) throw new Error(`${file} is not archived after ${MOST_ARCHIVE_SECONDS} s.`);
    await delay(50);
  }
}

/** Starts the copy, which fetches WAL from the archive until it has reached the moment, and then takes writes. */
async function recover({ copy, archive }: Folders, { time }: Moment): Promise<Postgres> {
  const data = join(copy, 'data');
  configure(
    data,
    'archive_mode = off',
    `restore_command = 'cp "${archive}/%f" "%p"'`,
    `recovery_target_time = '${time}'`,
    'recovery_target_action = promote',
  );
  writeFileSync(join(data, 'recovery.signal'), '');
  return startPostgres({ directory: copy, port: 0, durable: true });
}

async function assertRows(url: string, expected: Rows): Promise<void> {
  const client = await connect(url);
  try {
    deepStrictEqual(await rowsOf(client), expected);
  } finally {
    await client.end();
  }
}

/** Runs the service until it has answered every list of the API. */
async function serve(environment: Record<string, string>, pool: UserPool): Promise<void> {
  const service = new ServiceProcess(environment);
  try {
    await timed('service ready', () => service.readiness('ok'));
    const url = await service.url();
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
    const lists = Object.entries(paths).filter(([path, { get }]) => get && !path.includes('{'));
    ok(lists.length > 0, 'the API has something to read');
    for (const [path, { get }] of lists) {
      const scope = get?.security.flatMap((scheme) => Object.values(scheme).flat()).join(' ');
      const headers = { Authorization: `Bearer ${pool.token({ claims: { scope } })}` };
      strictEqual((await fetch(url + path, { headers })).status, 200, `GET ${path}`);
    }
  } finally {
    await service.kill();
  }
}

interface OpenApi {
  readonly paths: Record<string, { readonly get?: { readonly security: Record<string, string[]>[] } }>;
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}

/** The only value of a query that gives one text. */
async function value(client: Client, query: string): Promise<string> {
  const { rows } = await client.query<[string]>({ text: query, rowMode: 'array' });
  return rows[0]?.[0] ?? '';
}

async function rowsOf(client: Client): Promise<Rows> {
  const { rows } = await client.query<{ label: string; count: number }>(
    'SELECT label, count(*)::int FROM rehearsal GROUP BY label ORDER BY label',
  );
  return Object.fromEntries(rows.map(({ label, count }) => [label, count]));
}

/** The last setting of a name counts. */
function configure(data: string, ...settings: readonly string[]): void {
  appendFileSync(join(data, 'postgresql.auto.conf'), `${settings.join('\n')}\n`);
}

/** Where this process is root, PostgreSQL runs under another account. */
async function giveToOwnerOf(example: string, path: string): Promise<void> {
  const { uid, gid } = await stat(example);
  for (const inner of ['', ...(await readdir(path, { recursive: true }))])
    await chown(join(path, inner), uid, gid);
}

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  process.stdout.write(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return result;
}

async function main(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'restore-'));
  const folders = { lost: join(root, 'lost'), copy: join(root, 'copy'), archive: join(root, 'archive') };
  const servers: Postgres[] = [];
  const pool = new UserPool();
  const jwks = await jwksServer(pool.jwks);
  const compiled = await compileService();
  // They are in process groups of their own, so that Ctrl-C does not reach them.
  process.once('exit', () => {
    for (const server of servers) server.kill();
    rmSync(root, { recursive: true, maxRetries: 10 });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const environment = ({ url }: Postgres) =>
    serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: url });

  try {
    const original = await startArchiving(folders);
    servers.push(original);
    await migrate(environment(original));
    const moment = await writeAndDelete(original.url, folders);
    original.kill();
    await original.exited;
    rmSync(folders.lost, { recursive: true });

    const copy = await timed('recovery', () => recover(folders, moment));
    servers.push(copy);
    await assertRows(copy.url, moment.rows);
    await serve(environment(copy), pool);
    process.stdout.write(`The copy has what was committed by ${moment.time}, and serves.\n`);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await compiled.remove();
    await jwks.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
