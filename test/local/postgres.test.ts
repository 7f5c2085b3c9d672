import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { Client } from 'pg';
import { type Postgres, startPostgres } from '../../local/postgres';

// Each start takes about half a second, and several times that while other tests run.
jest.setTimeout(60_000);

let prepared: string;
let parent: string;
let directory: string;
let started: Postgres[] = [];

async function start(directory: string): Promise<Postgres> {
  const postgres = await startPostgres({ directory, port: 0, durable: false });
  started.push(postgres);
  return postgres;
}

async function query({ url }: { url: string }, text: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  prepared = mkdtempSync(join(tmpdir(), 'postgres-'));
  const { stop } = await startPostgres({ directory: join(prepared, 'pg'), port: 0, durable: false });
  await stop();
});

afterAll(() => rmSync(prepared, { recursive: true }));

beforeEach(() => {
  // Mode 0700: when the tests run as root, the account that PostgreSQL runs under cannot enter it.
  parent = mkdtempSync(join(tmpdir(), 'postgres-'));
  directory = join(parent, 'pg');
  // A copy is faster than a first start, and -p keeps its owner.
  execFileSync('cp', ['-Rp', join(prepared, 'pg'), directory]);
});

afterEach(async () => {
  await Promise.all(started.map(({ stop }) => stop()));
  started = [];
  rmSync(parent, { recursive: true, force: true });
});

describe('a server', () => {
  it('keeps its data across restarts', async () => {
    const first = await start(directory);
    await query(first, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();
    const second = await start(directory);
    expect(await query(second, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  it('listens on 127.0.0.1, requires a password that only its owner may read, and uses UTF-8', async () => {
    const postgres = await start(directory);
    const settings = `SELECT datcollate, pg_encoding_to_char(encoding) AS encoding,
      current_setting('listen_addresses') AS address FROM pg_database WHERE datname = current_database()`;
    expect(await query(postgres, settings)).toEqual([
      { datcollate: 'C', encoding: 'UTF8', address: '127.0.0.1' },
    ]);
    const intruder = { url: postgres.url.replace(/:[^:@]+@/, ':wrong@') };
    await expect(query(intruder, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(directory, 'password')).mode & 0o777).toBe(0o600);
  });

  it('has ended once it is stopped, and may be stopped twice', async () => {
    const { stop, exited, pid } = await start(directory);
    await Promise.all([stop(), stop()]);
    expect(await exited).toMatch('PostgreSQL ended (exit code 0).');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('reports an unexpected end', async () => {
    const { kill, exited } = await start(directory);
    kill();
    expect(await exited).toMatch('PostgreSQL ended (SIGKILL).');
  });

  it('reports why it does not start', async () => {
    const { url } = await start(directory);
    const port = Number(new URL(url).port);
    const second = startPostgres({ directory: join(parent, 'second'), port, durable: false });
    await expect(second).rejects.toThrow(/Address already in use/);
  });
});

(process.getuid?.() === 0 ? it : it.skip)(
  'a server that root starts runs under another account',
  async () => {
    const { pid } = await start(directory);
    expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
  },
);

describe('an interrupted first start', () => {
  it('does not prevent the next start', async () => {
    mkdirSync(join(parent, 'new', 'data.unfinished', 'base'), { recursive: true });
    writeFileSync(join(parent, 'new', 'data.unfinished', 'PG_VERSION'), '18\n');
    writeFileSync(join(parent, 'new', 'password'), '');
    expect(await query(await start(join(parent, 'new')), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('leaves no cluster behind', async () => {
    const interrupt = new AbortController();
    const options = { directory: join(parent, 'new'), port: 0, durable: false };
    const starting = startPostgres({ ...options, signal: interrupt.signal });
    while (!existsSync(join(parent, 'new', 'data.unfinished'))) await setImmediate();
    interrupt.abort();
    await expect(starting).rejects.toThrow('abort');
    expect(readdirSync(join(parent, 'new'))).not.toContain('data');
  });
});

describe('a server of an earlier run', () => {
  /** Starts one from another process, which is then killed. */
  async function leaveServerBehind(): Promise<{ url: string }> {
    const script = `require('./local/postgres')
      .startPostgres({ directory: process.argv[1], port: 0, durable: false })
      .then(({ url }) => console.log(url));`;
    const args = ['-r', 'ts-node/register/transpile-only', '-e', script, directory];
    const starter = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = (await once(createInterface(starter.stdout), 'line')) as [string];
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    return { url };
  }

  it('is stopped by the next start, which keeps its data', async () => {
    const left = await leaveServerBehind();
    await query(left, 'CREATE TABLE kept AS SELECT 1 AS one');
    const next = await start(directory);
    await expect(query(left, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await query(next, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  it('is not confused with another program that has its process id now', async () => {
    const first = await start(directory);
    const lockFile = join(directory, 'data', 'postmaster.pid');
    const lock = readFileSync(lockFile, 'utf8');
    await first.stop();

    const { uid, gid } = statSync(directory);
    const bystander = spawn('sleep', ['60'], { uid, gid });
    writeFileSync(lockFile, lock.replace(/^\d+/, String(bystander.pid)));
    await start(directory);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill();
    await once(bystander, 'exit');
  });
});
