import { Socket } from 'node:net';
import { Client, DatabaseError } from 'pg';
import { DatabaseUnavailableError, OutcomeUnknownError } from '../../src/database/errors';
import { clientConfig, type Database } from '../../src/database/database';
import { createLogger } from '../../src/observability/log';
import { connected, type Warnings } from '../support/database';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { administer, testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';

jest.setTimeout(15_000);

let test: TestDatabase;
let proxy: TcpProxy;
let database: Database;
let warnings: Warnings;

beforeAll(async () => {
  test = await testDatabase();
});

beforeEach(async () => {
  proxy = await tcpProxy(test.url);
  warnings = [];
  database = connected(proxy.url, { poolSize: 1, warnings });
});

afterEach(async () => {
  await database.close();
  await proxy.close();
});

afterAll(() => test.drop());

async function backendPid(on = database): Promise<number> {
  const [row] = await on.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return row!.pid;
}

/** Resolves when a backend is at work on a statement. */
async function atWork(pid: number): Promise<void> {
  const watcher = connected(test.url, { poolSize: 1 });
  await until('a statement to run', async () => {
    const rows = await watcher.query(
      `SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND query LIKE '%pg_sleep%'`,
      [pid],
    );
    return rows.length > 0;
  });
  await watcher.close();
}

describe('a server that is away', () => {
  it('makes a query unavailable where it refuses connections', async () => {
    await proxy.refuse();
    await expect(database.query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
  });

  it('makes a query unavailable where its name does not resolve', async () => {
    const nowhere = connected('postgresql://api@database.invalid/api');
    await expect(nowhere.query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    await nowhere.close();
  });

  it('is used again by itself when it is back', async () => {
    await backendPid();
    await proxy.refuse();
    await expect(database.query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    await proxy.resume();
    expect(await backendPid()).toBeGreaterThan(0);
  });

  it('reports the cause', async () => {
    await proxy.refuse();
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('a connection that breaks under a statement', () => {
  it('makes it unavailable, and the next statement gets another', async () => {
    const pid = await backendPid();
    const broken = expect(database.query('SELECT pg_sleep(30)')).rejects.toThrow(DatabaseUnavailableError);
    await atWork(pid);
    proxy.cut();
    await broken;
    expect(await backendPid()).not.toBe(pid);
  });

  it('may have been ended by an administrator', async () => {
    const pid = await backendPid();
    const ended = expect(database.query('SELECT pg_sleep(30)')).rejects.toThrow(DatabaseUnavailableError);
    await atWork(pid);
    await administer(`SELECT pg_terminate_backend(${pid})`);
    await ended;
    expect(await backendPid()).not.toBe(pid);
  });
});

describe('an idle connection that breaks', () => {
  it.each([
    ['because the network is gone', () => proxy.cut()],
    ['because an administrator ended it', (pid: number) => administer(`SELECT pg_terminate_backend(${pid})`)],
  ])('is noticed and replaced: %s', async (_, end) => {
    const pid = await backendPid();
    await end(pid);
    await until('the loss to be logged', () => warnings.length > 0);
    expect(await backendPid()).not.toBe(pid);
  });

  it('is logged without the connection itself, which knows the credentials', async () => {
    await backendPid();
    proxy.cut();
    await until('the loss to be logged', () => warnings.length > 0);
    let written = '';
    const log = createLogger('warn', { write: (line) => (written += line) });
    for (const warning of warnings) log.warn(warning);
    expect(written).toContain('Connection terminated');
    for (const inside of ['connectionParameters', 'processID', 'secretKey', 'password'])
      expect(written).not.toContain(inside);
  });
});

describe('a bound for the whole query', () => {
  let own: Database;

  beforeEach(() => {
    own = connected(proxy.url, { poolSize: 1, queryTimeoutMs: 300 });
  });

  afterEach(() => own.close());

  it('ends the waiting for a connection', async () => {
    const setTimeout = jest.spyOn(globalThis, 'setTimeout');
    proxy.hang();
    await expect(own.query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    expect(setTimeout.mock.calls.map(([, milliseconds]) => milliseconds)).toContain(300);
  });

  it('ends the waiting for an answer', async () => {
    await backendPid(own);
    proxy.hang();
    await expect(own.query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
  });

  it('closes the connection that had no answer, and waits for none', async () => {
    const connect = jest.spyOn(Socket.prototype, 'connect');
    await backendPid(own);
    proxy.hang();
    await expect(own.query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    const ofOwn = (_: unknown, call: number) => Number(connect.mock.calls[call]![0]) === proxy.port;
    const sockets = connect.mock.contexts.filter(ofOwn) as Socket[];
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it('ends the statement on the server too', async () => {
    const [row] = await own.query<{ timeout: string }>(
      `SELECT current_setting('statement_timeout') AS timeout`,
    );
    expect(row).toEqual({ timeout: '300ms' });
  });

  it('leaves to the answer what the connection has not used', async () => {
    const now = jest.spyOn(performance, 'now');
    await backendPid(own);
    now.mockReturnValueOnce(0).mockReturnValueOnce(299);
    proxy.mute();
    const setTimeout = jest.spyOn(globalThis, 'setTimeout');
    await expect(own.query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    expect(setTimeout.mock.calls.map(([, milliseconds]) => milliseconds)).toContain(1);
  });
});

describe('an observer', () => {
  const observer = { waitedForConnection: jest.fn(), ranStatement: jest.fn() };
  const error = expect.any(Error) as unknown;
  const statements = () =>
    observer.ranStatement.mock.calls.map(([text, , , failure]: unknown[]) =>
      failure === undefined ? [text] : [text, failure],
    );

  beforeEach(() => jest.clearAllMocks());

  it('sees the wait for a connection and the statement, with their times', async () => {
    const before = performance.now();
    await database.observedBy(observer).query('SELECT 1');
    const after = performance.now();
    expect(observer.waitedForConnection.mock.calls).toEqual([[expect.any(Number), expect.any(Number)]]);
    expect(statements()).toEqual([['SELECT 1']]);
    const times = [...observer.waitedForConnection.mock.calls, ...observer.ranStatement.mock.calls]
      .flat()
      .filter((value): value is number => typeof value === 'number');
    expect([before, ...times, after]).toEqual([before, ...times, after].sort((a, b) => a - b));
  });

  it('sees every statement of a transaction', async () => {
    await database.observedBy(observer).transaction((transaction) => transaction.query('SELECT 1'));
    expect(observer.waitedForConnection).toHaveBeenCalledTimes(1);
    expect(statements()).toEqual([['BEGIN'], ['SELECT 1'], ['COMMIT']]);
  });

  it('sees the end of a transaction that keeps nothing', async () => {
    const work = () => Promise.reject(new Error('x'));
    await expect(database.observedBy(observer).transaction(work)).rejects.toThrow('x');
    expect(statements()).toEqual([['BEGIN'], ['ROLLBACK']]);
  });

  it('sees the error of a statement that is refused', async () => {
    await expect(database.observedBy(observer).query('SELECT 1 / 0')).rejects.toThrow(DatabaseError);
    expect(statements()).toEqual([['SELECT 1 / 0', error]]);
  });

  it('sees a statement without an answer once, also when its connection ends', async () => {
    const own = connected(proxy.url, { poolSize: 1, queryTimeoutMs: 300 });
    await backendPid(own);
    proxy.hang();
    await expect(own.observedBy(observer).query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    await own.close();
    expect(statements()).toEqual([['SELECT 1', error]]);
  });

  it('sees that no connection could be had', async () => {
    await proxy.refuse();
    await expect(database.observedBy(observer).query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    const sees = [expect.any(Number), expect.any(Number), expect.objectContaining({ code: 'ECONNREFUSED' })];
    expect(observer.waitedForConnection.mock.calls).toEqual([sees]);
    expect(statements()).toEqual([]);
  });
});

describe('a statement that is refused', () => {
  beforeEach(async () => {
    await database.query('DELETE FROM things');
    await database.query(`INSERT INTO things (id, label) VALUES (gen_random_uuid(), 'a')`);
  });

  it.each([
    ['23505', `INSERT INTO things (id, label) VALUES (gen_random_uuid(), 'a')`],
    ['42601', 'SELECT FROM WHERE'],
    ['42P01', 'SELECT FROM nothing'],
    ['22P02', `SELECT 'x'::uuid`],
    ['22012', 'SELECT 1 / 0'],
  ])('is an error of its own, %s, and keeps its connection', async (code, statement) => {
    const pid = await backendPid();
    const refusal = database.query(statement);
    await expect(refusal).rejects.toThrow(DatabaseError);
    await expect(refusal).rejects.toMatchObject({ code });
    expect(await backendPid()).toBe(pid);
  });

  it('has a stack that leads to who ran it', async () => {
    const refusal = database.query('SELECT 1 / 0').catch((error: unknown) => error);
    expect(await refusal).toMatchObject({ stack: expect.stringContaining(__filename) });
  });
});

describe('a statement that the server cannot carry out now', () => {
  const codes = ['28P01', '40001', '40P01', '53200', '53300', '55P03', '57014', '58030', '25006', '25P03'];
  const endingCodes = ['08006', '40003', '57P01', '57P02', '57P03'];
  const raise = (code: string) => `RAISE EXCEPTION 'x' USING ERRCODE = '${code}'`;

  it.each(codes)('is unavailable: %s', async (code) => {
    const change = database.query(`DO $$ BEGIN ${raise(code)}; END $$`);
    await expect(change).rejects.toThrow(DatabaseUnavailableError);
  });

  it.each(endingCodes)('has an unknown outcome where it may change something: %s', async (code) => {
    const change = database.query(`DO $$ BEGIN ${raise(code)}; END $$`);
    await expect(change).rejects.toThrow(OutcomeUnknownError);
    await expect(change).rejects.toMatchObject({ cause: { code } });
  });

  it.each(endingCodes)('is unavailable where it only reads: %s', async (code) => {
    await database.query(
      `CREATE OR REPLACE FUNCTION fail() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN ${raise(code)}; END $$`,
    );
    await expect(database.query('SELECT fail()')).rejects.toThrow(DatabaseUnavailableError);
  });
});

describe('a statement whose answer is lost', () => {
  const insert = `INSERT INTO things (id, label) VALUES (gen_random_uuid(), 'lost')`;
  let watcher: Database;

  beforeEach(async () => {
    watcher = connected(test.url);
    await watcher.query('DELETE FROM things');
    await backendPid();
  });

  afterEach(() => watcher.close());

  const isStored = () =>
    until('the row to be stored', async () => (await watcher.query('SELECT FROM things')).length > 0);

  it.each([
    ['with the connection', () => Promise.resolve(proxy.cut())],
    ['because the database is closed', () => database.close()],
  ])('%s has an unknown outcome, whether it was carried out', async (_, lose) => {
    proxy.mute();
    const outcome = expect(database.query(insert)).rejects.toThrow(OutcomeUnknownError);
    await isStored();
    await lose();
    await outcome;
  });

  it('has an unknown outcome where it was not carried out', async () => {
    proxy.hang();
    const outcome = expect(database.query(insert)).rejects.toThrow(OutcomeUnknownError);
    proxy.cut();
    await outcome;
    await proxy.resume();
    expect(await watcher.query('SELECT FROM things')).toEqual([]);
  });

  it('has an unknown outcome where an administrator ended its connection', async () => {
    const pid = await backendPid();
    const slow = database.query(`INSERT INTO things SELECT gen_random_uuid(), 'slow' FROM pg_sleep(30)`);
    const outcome = expect(slow).rejects.toThrow(OutcomeUnknownError);
    await atWork(pid);
    await administer(`SELECT pg_terminate_backend(${pid})`);
    await outcome;
  });

  it.each([
    'SELECT 1',
    ' \n select id from things;\n',
    `WITH young AS (SELECT id FROM things WHERE updated_at > now()) SELECT count(*) FROM young`,
  ])('is unavailable where it only reads: %s', async (text) => {
    proxy.mute();
    const outcome = expect(database.query(text)).rejects.toThrow(DatabaseUnavailableError);
    proxy.cut();
    await outcome;
  });

  it.each([
    `UPDATE things SET label = 'x'`,
    'DELETE FROM things',
    'WITH merged AS (MERGE INTO things USING things AS u ON false WHEN MATCHED THEN DO NOTHING) SELECT 1',
    `WITH gone AS (DELETE FROM things RETURNING id) SELECT id FROM gone`,
    'SELECT 1; TRUNCATE things',
    'SELECT 1 AS one INTO ones',
    'CREATE TABLE created ()',
    'TRUNCATE things',
    'CALL something()',
  ])('has an unknown outcome where it may change something: %s', async (text) => {
    proxy.mute();
    const outcome = expect(database.query(text)).rejects.toThrow(OutcomeUnknownError);
    proxy.cut();
    await outcome;
  });
});

describe('a change that was not sent', () => {
  const change = 'DELETE FROM things';

  it('is unavailable where no connection can be had', async () => {
    await proxy.refuse();
    await expect(database.query(change)).rejects.toThrow(DatabaseUnavailableError);
  });

  it('is unavailable where the database is closed', async () => {
    const closed = connected(test.url);
    await closed.close();
    await expect(closed.query(change)).rejects.toThrow(DatabaseUnavailableError);
  });

  it('fails as the fault of the program that it is where a value has no form in SQL', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    await expect(database.query(change, [circular])).rejects.toThrow(TypeError);
    expect(await backendPid()).toBeGreaterThan(0);
  });
});

describe('bounds in time', () => {
  // They take seconds each, so they run at the same time.
  let tooLong: Promise<{ outcome: unknown; before: number; after: number }>;
  let allInUse: Promise<{ outcome: unknown; use: Database['use']; before: number; after: number }>;
  let noAnswer: Promise<unknown>;
  let silent: Promise<{ outcome: unknown; before: number; after: number }>;
  let tooLongChange: Promise<unknown>;
  let silentChange: Promise<unknown>;
  const outcomeOf = (query: Promise<unknown>) =>
    query.then(
      () => 'rows',
      (error: unknown) => error,
    );

  beforeAll(() => {
    tooLong = using(test.url, async (own) => {
      const before = await backendPid(own);
      const outcome = await outcomeOf(own.query('SELECT pg_sleep(60)'));
      return { outcome, before, after: await backendPid(own) };
    });
    allInUse = using(test.url, async (own) => {
      const before = await backendPid(own);
      const slow = own.query('SELECT pg_sleep(3)');
      await atWork(before);
      const outcome = await outcomeOf(own.query('SELECT 1'));
      const { use } = own;
      await slow;
      return { outcome, use, before, after: await backendPid(own) };
    });
    const sleep = `DO $$ BEGIN PERFORM pg_sleep(60); END $$`;
    tooLongChange = using(test.url, (own) => outcomeOf(own.query(sleep)));
    silentChange = tcpProxy(test.url).then(async (line) => {
      const outcome = await using(line.url, async (own) => {
        await backendPid(own);
        line.mute();
        return outcomeOf(own.query(`DO $$ BEGIN END $$`));
      });
      await line.close();
      return outcome;
    });
    noAnswer = tcpProxy(test.url).then(async (hanging) => {
      hanging.hang();
      const outcome = await using(hanging.url, (own) => outcomeOf(own.query('SELECT 1')));
      await hanging.close();
      return outcome;
    });
    silent = tcpProxy(test.url).then(async (line) => {
      const result = await using(line.url, async (own) => {
        const before = await backendPid(own);
        line.hang();
        const outcome = await outcomeOf(own.query('SELECT 1'));
        await line.resume();
        return { outcome, before, after: await backendPid(own) };
      });
      await line.close();
      return result;
    });
  });

  async function using<T>(url: string, work: (own: Database) => Promise<T>): Promise<T> {
    const own = connected(url, { poolSize: 1 });
    try {
      return await work(own);
    } finally {
      await own.close();
    }
  }

  it('end a statement that takes too long, on the server too', async () => {
    const { outcome, before, after } = await tooLong;
    expect(outcome).toBeInstanceOf(DatabaseUnavailableError);
    expect(outcome).toMatchObject({ cause: { code: '57014' } });
    expect(after).not.toBe(before);
  });

  it('leave no doubt about a change that the server ended', async () => {
    expect(await tooLongChange).toBeInstanceOf(DatabaseUnavailableError);
  });

  it('leave the outcome of a change unknown where the server fell silent', async () => {
    expect(await silentChange).toBeInstanceOf(OutcomeUnknownError);
  });

  it('end the waiting for a connection where all are in use, and leave those alone', async () => {
    const { outcome, use, before, after } = await allInUse;
    expect(outcome).toBeInstanceOf(DatabaseUnavailableError);
    expect(use).toMatchObject({ total: 1, idle: 0 });
    expect(after).toBe(before);
  });

  it('end the waiting for a server that never answers', async () => {
    expect(await noAnswer).toBeInstanceOf(DatabaseUnavailableError);
  });

  it('end the waiting for a server that falls silent, and the connection to it', async () => {
    const { outcome, before, after } = await silent;
    expect(outcome).toBeInstanceOf(DatabaseUnavailableError);
    expect(after).not.toBe(before);
  });
});

it('counts its connections', async () => {
  expect(database.use).toEqual({ total: 0, idle: 0, waiting: 0 });
  await backendPid();
  expect(database.use).toEqual({ total: 1, idle: 1, waiting: 0 });
  const queries = [backendPid(), backendPid(), backendPid()];
  expect(database.use.waiting).toBeGreaterThan(0);
  expect(new Set(await Promise.all(queries)).size).toBe(1);
});

it('cuts off a statement under way when it is closed, and takes none after that', async () => {
  const own = connected(test.url, { poolSize: 1 });
  const pid = await backendPid(own);
  const cut = expect(own.query('SELECT pg_sleep(30)')).rejects.toThrow(DatabaseUnavailableError);
  await atWork(pid);
  await own.close();
  await cut;
  await expect(own.query('SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
});

it('closes at once though the server says nothing, whatever its connections are doing', async () => {
  const connect = jest.spyOn(Socket.prototype, 'connect');
  const isUnavailable = (query: Promise<unknown>) => expect(query).rejects.toThrow(DatabaseUnavailableError);
  const own = connected(proxy.url);
  const pids = await Promise.all([backendPid(own), backendPid(own)]);
  const busy = isUnavailable(own.query('SELECT pg_sleep(30)'));
  await Promise.race(pids.map(atWork));
  proxy.hang();
  const another = connected(proxy.url);
  const connecting = isUnavailable(another.query('SELECT 1'));
  const uses = [own.use, another.use];
  await Promise.all([own.close(), another.close()]);
  await Promise.all([busy, connecting]);
  expect(uses).toMatchObject([
    { total: 2, idle: 1 },
    { total: 1, idle: 0 },
  ]);
  const sockets = connect.mock.contexts.filter(
    (_, call) => Number(connect.mock.calls[call]![0]) === proxy.port,
  );
  expect(sockets).toHaveLength(3);
  expect(sockets.filter((socket) => !(socket as Socket).destroyed)).toEqual([]);
});

it('reads text as text, whatever it looks like', async () => {
  const text = `'; DROP TABLE things; -- \\ " $1 %s`;
  expect(await database.query('SELECT $1::text AS text', [text])).toEqual([{ text }]);
});

it('shows the server whose connections they are', async () => {
  const setting = await database.query('SHOW application_name');
  expect(setting).toEqual([{ application_name: 'cognito-resource-server' }]);
});

describe('in time', () => {
  beforeEach(async () => {
    await backendPid();
    await database.close();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
    database = connected(proxy.url, { poolSize: 1 });
  });

  afterEach(() => jest.useRealTimers());

  it('a connection without work is closed after 30 seconds', async () => {
    await backendPid();
    jest.advanceTimersByTime(29_999);
    expect(database.use.total).toBe(1);
    jest.advanceTimersByTime(1);
    expect(database.use.total).toBe(0);
  });

  it('a connection is renewed after half an hour, though it always has work', async () => {
    const pid = await backendPid();
    const pids = new Set<number>();
    for (let minutes = 0; minutes < 29.5; minutes += 0.25) {
      jest.advanceTimersByTime(15_000);
      pids.add(await backendPid());
    }
    expect(pids).toEqual(new Set([pid]));
    jest.advanceTimersByTime(15_000);
    await backendPid();
    jest.advanceTimersByTime(15_000);
    expect(await backendPid()).not.toBe(pid);
  });

  it('a statement that is over leaves no timer behind', async () => {
    await backendPid();
    const timers = jest.getTimerCount();
    for (let i = 0; i < 3; i += 1) await backendPid();
    await expect(database.query('SELECT 1 / 0')).rejects.toThrow(DatabaseError);
    expect(jest.getTimerCount()).toBe(timers);
  });
});

it('has the network watch its connections, so that a server that is gone is noticed while they are idle', async () => {
  const setKeepAlive = jest.spyOn(Socket.prototype, 'setKeepAlive');
  await backendPid();
  expect(setKeepAlive.mock.calls).toEqual([[true, 10_000]]);
});

describe('the client configuration', () => {
  const url = 'postgresql://api:secret@db.example.com:5433/api';
  const parts = { host: 'db.example.com', port: 5433, database: 'api', user: 'api', password: 'secret' };

  it('takes the URL as it is where no authority is given', () => {
    const server = { connectionString: `${url}?sslmode=require` };
    const config = clientConfig({ server, ca: undefined });
    expect(config.connectionString).toBe(server.connectionString);
    expect(config.ssl).toBeUndefined();
  });

  it.each([
    'sslmode=disable',
    'sslmode=no-verify',
    'sslmode=require',
    'sslmode=prefer&uselibpqcompat=true',
    'ssl=false',
    'ssl=0',
    'sslrootcert=/elsewhere.pem',
    'sslcert=/a.pem&sslkey=/b.pem',
  ])('verifies by the given authority whatever the URL says: %s', (query) => {
    const config = clientConfig({
      server: { connectionString: `${url}?${query}&options=-c%20x` },
      ca: 'PEM',
    });
    expect(config.ssl).toEqual({ ca: 'PEM' });
    const { searchParams } = new URL(config.connectionString!);
    expect([...searchParams.keys()].filter((name) => name.startsWith('ssl'))).toEqual([]);
    expect(searchParams.get('options')).toBe('-c x');
  });

  it.each([
    [undefined, undefined],
    ['PEM', { ca: 'PEM' }],
  ])('of a server in parts, with the authority %s, has ssl %j', (ca, ssl) => {
    const config = clientConfig({ server: parts, ca });
    expect(config).toMatchObject(parts);
    expect(config.ssl).toEqual(ssl);
  });

  it('connects to a server in parts', async () => {
    const { hostname, port, username, password, pathname } = new URL(test.url);
    const client = new Client(
      clientConfig({
        server: {
          host: hostname,
          port: Number(port),
          database: pathname.slice(1),
          user: username,
          password: decodeURIComponent(password),
        },
        ca: undefined,
      }),
    );
    await client.connect();
    expect((await client.query('SELECT current_database() AS name')).rows).toEqual([{ name: test.name }]);
    await client.end();
  });
});
