import type { Database } from '../../src/database/database';
import { findMigrations } from '../../src/database/migrations';
import { DatabaseMonitor, type DatabaseMonitorOptions } from '../../src/database/monitor';
import { migrationFolders } from '../../src/migration-folders';
import { connected } from '../support/database';
import { resources } from '../support/service-resources';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';

jest.setTimeout(20_000);

let test: TestDatabase;
let proxy: TcpProxy;
/** On a line that nothing breaks. */
let database: Database;
let monitor: DatabaseMonitor;
/** What the monitor logged: message and fields. */
let log: { readonly msg: string; readonly [field: string]: unknown }[];

beforeEach(async () => {
  test = await testDatabase();
  proxy = await tcpProxy(test.url);
  database = connected(test.url);
  log = [];
});

afterEach(async () => {
  await monitor.stop();
  await database.close();
  await proxy.close();
  await test.drop();
});

function makeMonitor(options: Partial<DatabaseMonitorOptions> = {}): DatabaseMonitor {
  const note = (fields: object, msg: string) => void log.push({ ...fields, msg });
  monitor = new DatabaseMonitor({
    connection: { server: { connectionString: proxy.url }, ca: undefined },
    migrations: findMigrations(migrationFolders(resources)),
    migrate: undefined,
    log: { info: note, warn: note } as DatabaseMonitorOptions['log'],
    ...options,
  });
  return monitor;
}

function watch(options: Partial<DatabaseMonitorOptions> = {}): Promise<void> {
  return makeMonitor(options).start();
}

function reaches(state: DatabaseMonitor['state']): Promise<true> {
  return until(`the state ${state}`, () => monitor.state === state);
}

it('is unreached before its first look', () => {
  expect(makeMonitor().state).toBe('unreached');
});

it('is ready after one look at a database that is up to date', async () => {
  await watch();
  expect(monitor.state).toBe('ready');
});

it('is unreached while there is no server, and ready by itself when there is', async () => {
  await proxy.refuse();
  await watch();
  expect(monitor.state).toBe('unreached');
  await proxy.resume();
  await reaches('ready');
});

it('leaves a schema alone that is up to date', async () => {
  const migrate = jest.fn(() => Promise.resolve());
  await watch({ migrate });
  expect(monitor.state).toBe('ready');
  expect(migrate).not.toHaveBeenCalled();
});

it('is schema_behind until someone migrates', async () => {
  const applied = await database.query<{ name: string }>('DELETE FROM migrations RETURNING name');
  await watch();
  expect(monitor.state).toBe('schema_behind');
  expect(log).toEqual([{ msg: 'database state changed', from: 'unreached', to: 'schema_behind' }]);
  for (const { name } of applied)
    await database.query('INSERT INTO migrations (name, run_on) VALUES ($1, now())', [name]);
  await reaches('ready');
});

it('tries its own migration until it succeeds', async () => {
  const lacking = await database.query<{ name: string }>('DELETE FROM migrations RETURNING name');
  let tries = 0;
  await watch({
    migrate: async () => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
      for (const { name } of lacking)
        await database.query('INSERT INTO migrations (name, run_on) VALUES ($1, now())', [name]);
    },
  });
  expect(monitor.state).toBe('schema_behind');
  await reaches('ready');
  expect(tries).toBe(3);
});

it('is schema_behind where its own migration leaves something to do', async () => {
  await database.query('DELETE FROM migrations');
  await watch({ migrate: () => Promise.resolve() });
  expect(monitor.state).toBe('schema_behind');
});

it('is ready where a newer version of the service has gone on', async () => {
  await database.query(`INSERT INTO migrations (name, run_on) VALUES ('29990101000000000_later', now())`);
  await watch();
  expect(monitor.state).toBe('ready');
});

it('is schema_behind where a single migration is pending', async () => {
  const migrations = [
    ...findMigrations(migrationFolders(resources)),
    { file: '29990101000000000_later.sql', name: '29990101000000000_later', number: 29990101000000000n },
  ];
  await watch({ migrations });
  expect(monitor.state).toBe('schema_behind');
});

describe('with its waiting times shortened', () => {
  const realSetTimeout = setTimeout;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
  });

  afterEach(() => jest.useRealTimers());

  /** Lets time pass more quickly, though slowly enough for the driver, whose connections have two seconds. */
  async function pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      await jest.advanceTimersByTimeAsync(100);
      await new Promise((resolve) => realSetTimeout(resolve, 10));
    }
  }

  async function comesTo(state: DatabaseMonitor['state']): Promise<void> {
    for (let passed = 0; monitor.state !== state; passed += 100) {
      if (passed > 60_000) throw new Error(`the state is ${monitor.state}, not ${state}`);
      await pass(100);
    }
  }

  it('is lost when a database that was ready is gone, and ready again when it is back', async () => {
    await watch();
    // Two looks that change nothing.
    await pass(11_000);
    await proxy.refuse();
    await comesTo('lost');
    await proxy.resume();
    await comesTo('ready');
    const changes = log.filter(({ msg }) => msg === 'database state changed');
    expect(changes.map(({ from, to }) => `${String(from)} ▶ ${String(to)}`)).toEqual([
      'unreached ▶ ready',
      'ready ▶ lost',
      'lost ▶ ready',
    ]);
  });
});

describe('looks again', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  });

  afterEach(() => jest.useRealTimers());

  /** Milliseconds until the next look, which is begun. */
  function timeToNextLook(): number {
    const before = Date.now();
    jest.advanceTimersToNextTimer();
    return Date.now() - before;
  }

  function failedLooks(count: number): Promise<true> {
    return until(
      `${count} failed looks`,
      () => log.filter(({ msg }) => msg === 'database check failed').length === count,
    );
  }

  /** The connection whose last statement this was. */
  async function backendThatRan(statement: string): Promise<number | undefined> {
    const rows = await database.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = $1',
      [statement],
    );
    return rows[0]?.pid;
  }

  it('every five seconds while it is ready, on one connection of its own', async () => {
    await watch();
    const pid = await backendThatRan('SELECT name FROM migrations');
    expect(pid).toBeGreaterThan(0);
    expect(timeToNextLook()).toBe(5000);
    await until('the next look', async () => (await backendThatRan('SELECT 1')) === pid);
    expect(proxy.connections).toBe(1);
  });

  it('at the schema too when a database that was lost is back, as one that was restored', async () => {
    await watch();
    await proxy.refuse();
    expect(timeToNextLook()).toBe(5000);
    await failedLooks(1);
    expect(monitor.state).toBe('lost');
    await database.query('DELETE FROM migrations');
    await proxy.resume();
    expect(timeToNextLook()).toBe(250);
    await until('the schema to be looked at', () => monitor.state === 'schema_behind');
  });

  it('no more when it is stopped', async () => {
    await watch();
    await monitor.stop();
    await until('all timers to be gone', () => jest.getTimerCount() === 0);
  });

  it('no more when it is stopped at the end of a look', async () => {
    const stopAtChange = ((_: object, msg: string) => {
      if (msg === 'database state changed') void monitor.stop();
    }) as DatabaseMonitorOptions['log']['info'];
    await watch({ log: { info: stopAtChange, warn: stopAtChange } });
    await until('all timers to be gone', () => jest.getTimerCount() === 0);
  });

  it('soon after it failed, and less often the longer it fails', async () => {
    await proxy.refuse();
    await watch();
    const times: number[] = [];
    for (let looks = 1; looks <= 7; looks += 1) {
      await failedLooks(looks);
      times.push(timeToNextLook());
    }
    expect(times).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
    await failedLooks(8);
    expect(log.map(({ attempts }) => attempts)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

it('closes its connection when it is stopped, and looks no more', async () => {
  await watch();
  expect(proxy.connections).toBe(1);
  await monitor.stop();
  await until('the connection to be closed', () => proxy.connections === 0);
  const timers = jest.spyOn(globalThis, 'setTimeout');
  await monitor.start();
  expect(monitor.state).toBe('ready');
  expect(timers).not.toHaveBeenCalled();
});

it('says nothing of a look that is cut off when it is stopped', async () => {
  proxy.hang();
  const looking = watch();
  await until('the look to be under way', () => proxy.connections === 1);
  await monitor.stop();
  await looking;
  expect(log).toEqual([]);
});
