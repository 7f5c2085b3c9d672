import { DatabaseMonitor, type DatabaseMonitorOptions } from '../../src/database/monitor';
import type { Database } from '../../src/database/database';
import { connected } from '../support/database';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';

jest.setTimeout(20_000);

let test: TestDatabase;
let proxy: TcpProxy;
let database: Database;
let monitor: DatabaseMonitor;

beforeEach(async () => {
  test = await testDatabase();
  proxy = await tcpProxy(test.url);
  database = connected(proxy.url);
});

afterEach(async () => {
  monitor.stop();
  await database.close();
  await proxy.close();
  await test.drop();
});

function watch(options: Partial<DatabaseMonitorOptions> = {}): Promise<void> {
  const log = { info: () => undefined, warn: () => undefined };
  monitor = new DatabaseMonitor({ database, migrate: undefined, log, ...options });
  return monitor.start();
}

function reaches(state: DatabaseMonitor['state']): Promise<true> {
  return until(`the state ${state}`, () => monitor.state === state);
}

it('is unreached before its first look', () => {
  const log = { info: () => undefined, warn: () => undefined };
  monitor = new DatabaseMonitor({ database, migrate: undefined, log });
  expect(monitor.state).toBe('unreached');
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

describe('with its waiting times shortened', () => {
  const realSetTimeout = setTimeout;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
  });

  afterEach(() => jest.useRealTimers());

  /** Lets time pass more quickly, though slowly enough for the driver, whose connections have two seconds. */
  async function comesTo(state: DatabaseMonitor['state']): Promise<void> {
    for (let passed = 0; monitor.state !== state; passed += 100) {
      if (passed > 60_000) throw new Error(`the state is ${monitor.state}, not ${state}`);
      await jest.advanceTimersByTimeAsync(100);
      await new Promise((resolve) => realSetTimeout(resolve, 10));
    }
  }

  it('is lost when a database that was ready is gone, and ready again when it is back', async () => {
    await watch();
    await proxy.refuse();
    await comesTo('lost');
    await proxy.resume();
    await comesTo('ready');
  });
});

it('looks no more after it is stopped', async () => {
  await proxy.refuse();
  await watch();
  monitor.stop();
  const query = jest.spyOn(database, 'query');
  jest.useFakeTimers();
  await jest.advanceTimersByTimeAsync(60_000);
  jest.useRealTimers();
  expect(query).not.toHaveBeenCalled();
});
