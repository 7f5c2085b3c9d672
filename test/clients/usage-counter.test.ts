import { UsageCounter } from '../../src/clients/usage-counter';
import type { Database } from '../../src/database/database';
import { connected } from '../support/database';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { emptyTables, testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';

jest.setTimeout(30_000);

const ACME = '3acme';
const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 26, 12);
const NOON_DAY = Math.floor(NOON / DAY_MS);

let test: TestDatabase;
let database: Database;
let proxy: TcpProxy;
let counters: UsageCounter[];
let log: Record<string, unknown>[];
/** PostgreSQL's time, as counters are given it, is ahead of noon by so much. */
let aheadMs: number;

beforeAll(async () => {
  test = await testDatabase();
  database = connected(test.url);
});

afterAll(async () => {
  await database.close();
  await test.drop();
});

beforeEach(async () => {
  proxy = await tcpProxy(test.url);
  counters = [];
  log = [];
  aheadMs = 0;
});

afterEach(async () => {
  for (const counter of counters) await counter.stop();
  await proxy.close();
  await emptyTables(database);
});

/** One that writes through the proxy, as each of some tasks has. */
function counter(): UsageCounter {
  const write = (fields: object | string, msg?: string) =>
    void log.push(typeof fields === 'string' ? { msg: fields } : { ...fields, msg });
  const start = performance.now();
  const made = new UsageCounter({
    connection: { server: { connectionString: proxy.url }, ca: undefined },
    now: () => NOON + performance.now() - start + aheadMs,
    log: { info: write, warn: write },
  });
  counters.push(made);
  made.start();
  return made;
}

function count(counter: UsageCounter, requests: number, id = ACME): void {
  for (let request = 0; request < requests; request += 1) counter.of(id, performance.now()).countGranted();
}

/** What PostgreSQL has: day, client and requests. */
async function written(): Promise<string[]> {
  const rows = await database.query<{ line: string }>(
    `SELECT concat_ws(' ', to_char(day, 'DD'), client_id, requests) AS line
     FROM client_usage ORDER BY day, client_id`,
  );
  return rows.map(({ line }) => line);
}

function reaches(expected: readonly string[]): Promise<unknown> {
  return until(expected.join(), async () => String(await written()) === String(expected));
}

function failing(counter: UsageCounter): Promise<unknown> {
  const { failures } = counter.status;
  return until('a failed attempt', () => counter.status.failures > failures);
}

const messages = () => log.map(({ msg }) => msg);

describe('what is counted', () => {
  it('is added to what PostgreSQL has', async () => {
    await database.query(`INSERT INTO client_usage VALUES ('2026-11-26', $1, 100, 20, 10, 90)`, [ACME]);
    const usage = counter();
    count(usage, 3);
    usage.of(ACME, performance.now()).countLimited();
    usage.of(ACME, performance.now()).countNotAdmitted();
    usage.of(ACME, performance.now()).countForbidden();
    await reaches([`26 ${ACME} 105`]);
    const [row] = await database.query('SELECT refused::int, limited::int, granted::int FROM client_usage');
    expect(row).toEqual({ refused: 22, limited: 11, granted: 93 });
  });

  it('is written once, however often it is looked for something new', async () => {
    const usage = counter();
    count(usage, 3);
    await reaches([`26 ${ACME} 3`]);
    count(usage, 1, '4other');
    await reaches([`26 ${ACME} 3`, '26 4other 1']);
  });

  it('by all tasks is the base of the quota', async () => {
    const [one, two] = [counter(), counter()];
    count(one, 3);
    count(two, 4);
    await reaches([`26 ${ACME} 7`]);
    count(one, 1);
    await until('what both have counted', () => one.of(ACME, performance.now()).granted === 8);
  });

  it('by tasks at once adds up, and neither deadlocks', async () => {
    const tasks = [counter(), counter(), counter()];
    const ids = Array.from({ length: 2_500 }, (_, index) => `c${index}`);
    for (const [index, task] of tasks.entries())
      for (const id of index % 2 ? ids : ids.toReversed()) count(task, 2, id);
    await until('all to be written', async () => {
      const [row] = await database.query<{ sum: number }>(
        'SELECT sum(requests)::float8 AS sum FROM client_usage',
      );
      return row!.sum === 15_000;
    });
    expect(messages()).toEqual([]);
  });

  it('is written at the end', async () => {
    const usage = counter();
    count(usage, 3);
    await usage.stop();
    expect(await written()).toEqual([`26 ${ACME} 3`]);
  });
});

describe('what a client has used today', () => {
  it('has what this task has counted just now, and what others have written', async () => {
    const [one, two] = [counter(), counter()];
    count(two, 4);
    await reaches([`26 ${ACME} 4`]);
    count(one, 1);
    expect(await one.today(ACME)).toEqual({ requests: 5, refused: 0, limited: 0 });
  });

  it('is read once for all who ask at a time', async () => {
    const usage = counter();
    count(usage, 1);
    const query = jest.spyOn(Object.getPrototypeOf(database) as Database, 'query');
    await Promise.all(Array.from({ length: 20 }, () => usage.today(ACME)));
    expect(query.mock.calls.length).toBeLessThanOrEqual(1);
    query.mockRestore();
  });

  it('is what this task knows while PostgreSQL is away', async () => {
    const usage = counter();
    count(usage, 3);
    await reaches([`26 ${ACME} 3`]);
    await proxy.refuse();
    count(usage, 2);
    await failing(usage);
    expect(await usage.today(ACME)).toMatchObject({ requests: 5 });
  });
});

describe('while PostgreSQL is away', () => {
  it('counts are kept, and written later', async () => {
    const usage = counter();
    await proxy.refuse();
    count(usage, 3);
    await failing(usage);
    count(usage, 4);
    await proxy.resume();
    await reaches([`26 ${ACME} 7`]);
    await until('the log', () => messages().length === 2);
    expect(messages()).toEqual(['usage cannot be written', 'usage can be written again']);
  });

  it('the quota goes on with what this task counts', async () => {
    const usage = counter();
    await proxy.refuse();
    count(usage, 3);
    await failing(usage);
    count(usage, 1);
    expect(usage.of(ACME, performance.now()).granted).toBe(4);
  });

  it('the counts of three days are kept at most', async () => {
    const usage = counter();
    await proxy.refuse();
    for (let day = 0; day < 4; day += 1) {
      count(usage, 1 + day);
      aheadMs += DAY_MS;
      // The day is over by the monotonic clock only then.
      jest.spyOn(performance, 'now').mockReturnValue(performance.now() + DAY_MS);
    }
    jest.restoreAllMocks();
    expect(log).toEqual([
      expect.objectContaining({ msg: 'usage of a day is lost', day: '2026-11-26', clients: 1 }),
    ]);
  });

  it('the end waits for it half a second at most', async () => {
    const usage = counter();
    count(usage, 1);
    proxy.hang();
    await usage.stop();
    expect(await written()).toEqual([]);
  });
});

describe('a statement whose answer is lost', () => {
  it('is not repeated', async () => {
    const usage = counter();
    count(usage, 1);
    await reaches([`26 ${ACME} 1`]);
    proxy.mute();
    count(usage, 5);
    await reaches([`26 ${ACME} 6`]);
    await failing(usage);
    await proxy.resume();
    count(usage, 1);
    await reaches([`26 ${ACME} 7`]);
    expect(await usage.today(ACME)).toMatchObject({ requests: 7 });
  });
});

describe('at midnight', () => {
  it('a new count begins, and the old one is written', async () => {
    const usage = counter();
    aheadMs = DAY_MS / 2 - 300;
    count(usage, 2);
    await until('midnight', () => {
      return usage.of(ACME, performance.now()).granted === 0;
    });
    count(usage, 3);
    await reaches([`26 ${ACME} 2`, `27 ${ACME} 3`]);
  });

  it('that comes twice, as PostgreSQL has moved its clock back, counts of the day go on', async () => {
    const usage = counter();
    aheadMs = DAY_MS;
    count(usage, 2);
    await reaches([`27 ${ACME} 2`]);
    aheadMs = 0;
    await until('the day before', () => usage.of(ACME, performance.now()).day === NOON_DAY);
    count(usage, 1);
    await reaches([`26 ${ACME} 1`, `27 ${ACME} 2`]);
  });
});

describe('days older than 400', () => {
  it('are deleted, and no other', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const usage = counter();
    jest.restoreAllMocks();
    await database.query(
      `INSERT INTO client_usage SELECT date '2026-11-26' - ago, 'c' || n, 1, 0, 0, 0
       FROM unnest(ARRAY[401, 500]) AS ago, generate_series(1, 1200) AS n`,
    );
    await database.query(`INSERT INTO client_usage VALUES (date '2026-11-26' - 400, $1, 1, 0, 0, 0)`, [ACME]);
    await until('them to be deleted', async () => {
      count(usage, 1);
      return (await written()).length === 2;
    });
    expect((await written())[0]).toBe(`22 ${ACME} 1`);
  });
});
