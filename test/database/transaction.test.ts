import { Socket } from 'node:net';
import { Client, DatabaseError } from 'pg';
import type { Database } from '../../src/database/database';
import { DatabaseUnavailableError, OutcomeUnknownError } from '../../src/database/errors';
import type { Queryable, Transactional } from '../../src/database/queryable';
import { connected } from '../support/database';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { administer, testDatabase, type TestDatabase } from '../support/test-database';
import { PostgresThingStore } from '../support/things/store';
import { until } from '../support/until';

let test: TestDatabase;
let watcher: Database;
let proxy: TcpProxy;
let database: Database;
let connect: jest.SpiedFunction<Socket['connect']>;

beforeAll(async () => {
  test = await testDatabase();
  watcher = connected(test.url);
  await watcher.query(
    'CREATE TABLE notes (text text UNIQUE DEFERRABLE INITIALLY DEFERRED CHECK (length(text) < 20))',
  );
});

beforeEach(async () => {
  await watcher.query('DELETE FROM notes');
  proxy = await tcpProxy(test.url);
  database = connected(proxy.url, { poolSize: 1 });
  connect = jest.spyOn(Socket.prototype, 'connect');
});

afterEach(async () => {
  await database.close();
  await proxy.close();
});

afterAll(async () => {
  await watcher.close();
  await test.drop();
});

async function add(transaction: Queryable, text: string): Promise<void> {
  await transaction.query('INSERT INTO notes (text) VALUES ($1)', [text]);
}

async function notes(): Promise<string[]> {
  const rows = await watcher.query<{ text: string }>('SELECT text FROM notes ORDER BY text');
  return rows.map(({ text }) => text);
}

async function backendPid(on: Queryable = database): Promise<number> {
  const [row] = await on.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return row!.pid;
}

/** Resolves when the database knows that its connection is gone. */
function lossNoticed(): Promise<true> {
  const ofDatabase = (_: unknown, call: number) => Number(connect.mock.calls[call]![0]) === proxy.port;
  return until('the loss to be noticed', () =>
    connect.mock.contexts.filter(ofDatabase).every((socket) => (socket as Socket).closed),
  );
}

/** A promise that a test settles. */
function promised() {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

it('keeps all of what a transaction changed, and gives what its work gave', async () => {
  const given = await database.transaction(async (transaction) => {
    await add(transaction, 'one');
    await add(transaction, 'two');
    expect(await transaction.query('SELECT FROM notes')).toHaveLength(2);
    expect(await notes()).toEqual([]);
    return 'given';
  });
  expect(given).toBe('given');
  expect(await notes()).toEqual(['one', 'two']);
});

it('keeps nothing of a transaction whose work fails, and throws what the work threw', async () => {
  const failure = new Error('changed my mind');
  const work = async (transaction: Queryable) => {
    await add(transaction, 'one');
    throw failure;
  };
  await expect(database.transaction(work)).rejects.toBe(failure);
  expect(await notes()).toEqual([]);
});

it('takes up the transactions of its work: they are kept or not with all the rest', async () => {
  const store = (on: Transactional) => on.transaction((transaction) => add(transaction, 'inner'));
  await expect(
    database.transaction(async (transaction) => {
      await store(transaction);
      throw new Error('the work failed');
    }),
  ).rejects.toThrow('the work failed');
  expect(await notes()).toEqual([]);
  await database.transaction(async (transaction) => {
    await store(transaction);
    expect(await notes()).toEqual([]);
    await add(transaction, 'outer');
  });
  expect(await notes()).toEqual(['inner', 'outer']);
});

it('keeps nothing where a transaction of its work failed, also if the work went on', async () => {
  const failure = new Error('changed my mind');
  const transaction = database.transaction(async (outer) => {
    await outer
      .transaction(async (inner) => {
        await add(inner, 'inner');
        throw failure;
      })
      .catch(() => undefined);
    await add(outer, 'outer');
  });
  await expect(transaction).rejects.toMatchObject({
    message: 'rolled back, because a transaction within it had failed',
    cause: failure,
  });
  expect(await notes()).toEqual([]);
});

it('takes a store that knows nothing of transactions', async () => {
  const thing = { label: 'In a transaction' };
  const rolledBack = database.transaction(async (transaction) => {
    expect(await new PostgresThingStore(transaction).create(thing)).toMatchObject({ version: 1 });
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  expect(await new PostgresThingStore(database).list({ limit: 1, ...thing })).toEqual([]);
});

it('runs its statements one after another, however they are called', async () => {
  const texts = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, '0'));
  const sent = jest.spyOn(Client.prototype, 'query');
  await database.transaction(async (transaction) => {
    const before = sent.mock.calls.length;
    const added = Promise.all(texts.map((text) => add(transaction, text)));
    for (let i = 0; i < 50; i += 1) await Promise.resolve();
    expect(sent).toHaveBeenCalledTimes(before + 1);
    await added;
  });
  expect(await notes()).toEqual(texts);
});

describe('statements that are sent together', () => {
  const values: readonly never[] = [];

  it('with BEGIN give the work their rows', async () => {
    const first = [
      { text: 'SELECT $1::integer AS number', values: [1] },
      { text: `SELECT pg_try_advisory_xact_lock(1) AS locked`, values },
    ];
    const rows = await database.transaction(
      async (_, rows) => {
        const [other] = await watcher.query('SELECT pg_try_advisory_xact_lock(1) AS locked');
        expect(other).toEqual({ locked: false });
        return rows;
      },
      { first },
    );
    expect(rows).toEqual([[{ number: 1 }], [{ locked: true }]]);
  });

  it('with BEGIN wait for no answer in between', async () => {
    const pid = await backendPid();
    proxy.mute();
    const first = [
      { text: 'SELECT 1', values },
      { text: 'SELECT 2', values },
    ];
    const begun = database.transaction(() => Promise.resolve(), { first });
    await until('the server to have run the last', async () => {
      const rows = await watcher.query(
        `SELECT FROM pg_stat_activity WHERE pid = $1 AND query = 'SELECT 2' AND state = 'idle in transaction'`,
        [pid],
      );
      return rows.length > 0;
    });
    await proxy.resume();
    await begun;
  });

  it('with BEGIN begin no work where one is refused', async () => {
    const pid = await backendPid();
    const work = jest.fn(() => Promise.resolve());
    const first = [
      { text: 'SELECT 1 / 0', values },
      { text: 'SELECT 1', values },
    ];
    await expect(database.transaction(work, { first })).rejects.toMatchObject({ code: '22012' });
    expect(work).not.toHaveBeenCalled();
    expect(await backendPid()).toBe(pid);
  });

  const addLast = (text: string) => ({
    last: () => ({ text: 'INSERT INTO notes (text) VALUES ($1)', values: [text] }),
  });

  it('with COMMIT are kept with all the rest, by what the work gave', async () => {
    await database.transaction(
      async (transaction) => {
        await add(transaction, 'one');
        return 'two';
      },
      { last: (given) => addLast(given).last() },
    );
    expect(await notes()).toEqual(['one', 'two']);
  });

  it('with COMMIT keep nothing where they are refused, and leave the connection usable', async () => {
    const pid = await backendPid();
    const refused = database.transaction((transaction) => add(transaction, 'one'), addLast('n'.repeat(20)));
    await expect(refused).rejects.toMatchObject({ code: '23514' });
    expect(await notes()).toEqual([]);
    expect(await backendPid()).toBe(pid);
  });

  it('with COMMIT wait for no answer in between, and have an unknown outcome where theirs is lost', async () => {
    const committing = database.transaction(async () => proxy.mute(), addLast('one'));
    const outcome = expect(committing).rejects.toThrow(OutcomeUnknownError);
    await until('the commit', async () => (await notes()).length > 0);
    proxy.cut();
    await outcome;
  });
});

describe('statements that the work did not wait for', () => {
  const addTwo = (transaction: Queryable) => {
    void transaction.query(`INSERT INTO notes SELECT 'slow' FROM pg_sleep(0.1)`);
    void add(transaction, 'quick');
  };

  it('are kept with the others', async () => {
    await database.transaction(async (transaction) => addTwo(transaction));
    expect(await notes()).toEqual(['quick', 'slow']);
  });

  it('are rolled back with the others', async () => {
    const failing = database.transaction(async (transaction) => {
      addTwo(transaction);
      throw new Error('x');
    });
    await expect(failing).rejects.toThrow('x');
    await backendPid();
    expect(await notes()).toEqual([]);
  });
});

it('takes no statement after its end, when the connection serves others', async () => {
  let late!: Queryable;
  await database.transaction(async (transaction) => {
    late = transaction;
  });
  await expect(add(late, 'late')).rejects.toThrow('the transaction is over');
  expect(await notes()).toEqual([]);
});

describe('the connection of a transaction', () => {
  it.each([
    ['was committed', () => Promise.resolve()],
    ['was rolled back', () => Promise.reject(new Error('x'))],
    ['had a statement refused', (transaction: Queryable) => transaction.query('SELECT 1 / 0')],
    [
      'was refused by COMMIT',
      async (transaction: Queryable) => {
        await add(transaction, 'twice');
        await add(transaction, 'twice');
      },
    ],
  ])('that %s is used again, outside any transaction', async (_, work) => {
    const pid = await backendPid();
    await database.transaction<unknown>(work).catch(() => undefined);
    expect(await backendPid()).toBe(pid);
    await add(database, 'after');
    expect(await notes()).toEqual(['after']);
    expect(database.use).toEqual({ total: 1, idle: 1, waiting: 0 });
  });

  it('is replaced where it was lost', async () => {
    const pid = await backendPid();
    const work = async () => {
      await administer(`SELECT pg_terminate_backend(${pid})`);
      await lossNoticed();
    };
    await expect(database.transaction(work)).rejects.toThrow(DatabaseUnavailableError);
    expect(await backendPid()).not.toBe(pid);
  });

  it('keeps no listener of a transaction that is over', async () => {
    const sent = jest.spyOn(Client.prototype, 'query');
    await backendPid();
    const client = sent.mock.contexts[0] as Client;
    const listeners = client.listenerCount('error');
    await database.transaction(async () => undefined);
    await database.transaction(() => Promise.reject(new Error('x'))).catch(() => undefined);
    expect(client.listenerCount('error')).toBe(listeners);
  });

  it('is given up with the first statement that has no answer in time', async () => {
    const pid = await backendPid();
    const sent = jest.spyOn(Client.prototype, 'query');
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
    let statements = 0;
    const silent = database.transaction(async (transaction) => {
      proxy.hang();
      const unanswered = add(transaction, 'one');
      for (let i = 0; i < 50; i += 1) await Promise.resolve();
      jest.advanceTimersByTime(6_000);
      await expect(unanswered).rejects.toThrow(DatabaseUnavailableError);
      statements = sent.mock.calls.length;
      await add(transaction, 'two');
    });
    await expect(silent).rejects.toThrow(DatabaseUnavailableError);
    jest.useRealTimers();
    expect(sent).toHaveBeenCalledTimes(statements);
    await proxy.resume();
    expect(await backendPid()).not.toBe(pid);
    expect(await notes()).toEqual([]);
  });
});

describe('a statement that is refused in a transaction', () => {
  it('is an error of its own, and nothing is kept', async () => {
    const refused = database.transaction(async (transaction) => {
      await add(transaction, 'one');
      await add(transaction, 'n'.repeat(20));
    });
    await expect(refused).rejects.toThrow(DatabaseError);
    await expect(refused).rejects.toMatchObject({ code: '23514' });
    expect(await notes()).toEqual([]);
  });

  it('fails the transaction also where its error is caught', async () => {
    const swallowed = database.transaction(async (transaction) => {
      await add(transaction, 'one');
      await add(transaction, 'n'.repeat(20)).catch(() => undefined);
    });
    await expect(swallowed).rejects.toThrow('a statement of the transaction had failed');
    expect(await notes()).toEqual([]);
  });

  it('is forgotten where the transaction goes back to a savepoint before it', async () => {
    await database.transaction(async (transaction) => {
      await add(transaction, 'one');
      await transaction.query('SAVEPOINT here');
      await add(transaction, 'n'.repeat(20)).catch(() => undefined);
      await transaction.query('ROLLBACK TO here');
    });
    expect(await notes()).toEqual(['one']);
  });

  it('may be COMMIT, which keeps nothing then', async () => {
    const refused = database.transaction(async (transaction) => {
      await add(transaction, 'twice');
      await add(transaction, 'twice');
    });
    await expect(refused).rejects.toMatchObject({ name: 'error', code: '23505' });
    expect(await notes()).toEqual([]);
  });
});

describe('a transaction whose connection breaks', () => {
  it('before COMMIT is sent keeps nothing, and is unavailable', async () => {
    const broken = database.transaction(async (transaction) => {
      await add(transaction, 'one');
      proxy.cut();
      await add(transaction, 'two');
    });
    await expect(broken).rejects.toThrow(DatabaseUnavailableError);
    expect(await notes()).toEqual([]);
  });

  it('between two statements sends no COMMIT, and is unavailable', async () => {
    const broken = database.transaction(async (transaction) => {
      await add(transaction, 'one');
      proxy.cut();
      await lossNoticed();
    });
    await expect(broken).rejects.toThrow(DatabaseUnavailableError);
    expect(await notes()).toEqual([]);
  });

  it('is unavailable also where its work catches the error', async () => {
    const swallowed = database.transaction(async (transaction) => {
      await add(transaction, 'one');
      proxy.cut();
      await add(transaction, 'two').catch(() => undefined);
      await expect(add(transaction, 'three')).rejects.toThrow(DatabaseUnavailableError);
    });
    await expect(swallowed).rejects.toThrow(DatabaseUnavailableError);
    expect(await notes()).toEqual([]);
  });

  it('under COMMIT has an unknown outcome, also where it was committed', async () => {
    const committing = database.transaction(async (transaction) => {
      await add(transaction, 'one');
      proxy.mute();
    });
    const outcome = expect(committing).rejects.toThrow(OutcomeUnknownError);
    await until('the commit', async () => (await notes()).length > 0);
    proxy.cut();
    await outcome;
    expect(await backendPid()).toBeGreaterThan(0);
  });

  it('under COMMIT has an unknown outcome, also where it was not committed', async () => {
    const committing = database.transaction(async (transaction) => {
      await add(transaction, 'one');
      proxy.hang();
      setImmediate(() => proxy.cut());
    });
    await expect(committing).rejects.toThrow(OutcomeUnknownError);
    await proxy.resume();
    await until('the server to notice', async () => {
      const rows = await watcher.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      return rows.length === 0;
    });
    expect(await notes()).toEqual([]);
  });

  it('at its beginning is unavailable, and its work is not begun', async () => {
    await backendPid();
    const work = jest.fn(() => Promise.resolve());
    proxy.hang();
    const begun = expect(database.transaction(work)).rejects.toThrow(DatabaseUnavailableError);
    proxy.cut();
    await begun;
    expect(work).not.toHaveBeenCalled();
  });
});

it('is unavailable where it cannot be serialized, and keeps nothing', async () => {
  await add(database, 'one');
  const lost = database.transaction(async (transaction) => {
    await transaction.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await transaction.query('SELECT FROM notes');
    await watcher.query('UPDATE notes SET text = $1', ['two']);
    await transaction.query('UPDATE notes SET text = $1', ['three']);
  });
  await expect(lost).rejects.toThrow(DatabaseUnavailableError);
  expect(await notes()).toEqual(['two']);
});

describe('a transaction that waits for something else', () => {
  it('does not hold up the closing of the database, and is rolled back', async () => {
    const { promise, resolve } = promised();
    const begun = promised();
    const waiting = database.transaction(async (transaction) => {
      await add(transaction, 'one');
      begun.resolve();
      await promise;
    });
    const outcome = expect(waiting).rejects.toThrow(DatabaseUnavailableError);
    await begun.promise;
    await database.close();
    resolve();
    await outcome;
    expect(await notes()).toEqual([]);
  });

  it('may hold its locks for ten seconds', async () => {
    const setting = await database.query('SHOW idle_in_transaction_session_timeout');
    expect(setting).toEqual([{ idle_in_transaction_session_timeout: '10s' }]);
  });

  it('that the server has ended is unavailable', async () => {
    const ended = database.transaction(async (transaction) => {
      await transaction.query('SET LOCAL idle_in_transaction_session_timeout = 1');
      await add(transaction, 'one');
      await lossNoticed();
    });
    await expect(ended).rejects.toThrow(DatabaseUnavailableError);
    expect(await notes()).toEqual([]);
  });
});
