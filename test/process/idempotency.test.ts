import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { LoadBalancer } from '../support/load-balancer';
import { serviceEnvironment, ServiceProcess } from '../support/service-process';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { UserPool } from '../support/user-pool';

/** Things that are created, each under a key of its own. */
const POSTS = Number(process.env['IDEMPOTENT_POSTS'] ?? 300);
const TASKS = 3;
/** Callers that send at the same time. Most of the time they wait, so that many more finish sooner. */
const CALLERS = Math.min(64, Math.ceil(POSTS / 20));
const MOST_ATTEMPTS = 10;
const CUT_EVERY_MS = 700;
const KILL_EVERY_MS = 2_500;

jest.setTimeout(120_000 + POSTS * 500);

const pool = new UserPool();
const token = pool.token({ claims: { exp: Math.floor(Date.now() / 1000) + 86_400 } });

let jwks: JwksServer;
let own: TestDatabase;
let database: Client;
let proxy: TcpProxy;
let balancer: LoadBalancer;
const tasks: ServiceProcess[] = [];

/** Each kind of outcome and how often it was seen. */
const outcomes = new Map<string, number>();
let kills = 0;
let cuts = 0;

beforeAll(async () => {
  jwks = await jwksServer(pool.jwks);
  own = await testDatabase();
  database = new Client({ connectionString: own.url });
  await database.connect();
  // So that a second effect shows.
  await database.query('ALTER TABLE things DROP CONSTRAINT things_label_key');
  await database.query(
    `INSERT INTO idempotency_keys (id, fingerprint, status, headers, created_at)
     VALUES ('old', '', 204, '{}', now() - interval '25 hours')`,
  );
  proxy = await tcpProxy(own.url);
  balancer = await LoadBalancer.start();
  await Promise.all(Array.from({ length: TASKS }, (_, index) => startTask(index)));
});

afterAll(async () => {
  balancer.close();
  await Promise.all(tasks.map((task) => task.kill()));
  await database.end();
  await proxy.close();
  await own.drop();
  await jwks.close();
});

/** Starts a task in place of one before; resolves when the balancer sends it requests. */
async function startTask(index: number): Promise<void> {
  const task = new ServiceProcess(
    serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: proxy.url, RATE_LIMIT_PER_SECOND: '0' }),
  );
  tasks[index] = task;
  const url = await task.url();
  balancer.register(url);
  await until('the task to be healthy', () => balancer.isHealthy(url));
}

/** A response of the API, without the headers that each request has of its own. */
interface Created {
  readonly id: string;
  readonly comparable: string;
  readonly isReplay: boolean;
}

/** Sends a request, and gives its response if that is 201. Whatever else happens is only counted. */
async function post(key: string, label: string, patienceMs?: number): Promise<Created | undefined> {
  try {
    const answer = await fetch(`${balancer.url}/api/v1/things`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
      },
      body: JSON.stringify({ label }),
      ...(patienceMs !== undefined && { signal: AbortSignal.timeout(patienceMs) }),
    });
    const text = await answer.text();
    if (answer.status !== 201) {
      const code = /"code":"(\w+)"/.exec(text)?.[1] ?? 'by the load balancer';
      note(`${answer.status} ${code}`);
      return undefined;
    }
    const {
      'x-request-id': _,
      date: __,
      'idempotent-replayed': replayed,
      ...headers
    } = Object.fromEntries(answer.headers);
    note(replayed ? '201 replayed' : '201 created');
    const { id } = JSON.parse(text) as { id: string };
    return { id, comparable: JSON.stringify([headers, text]), isReplay: replayed !== undefined };
  } catch (error) {
    note((error as Error).name === 'TimeoutError' ? 'given up' : 'connection lost');
    return undefined;
  }
}

/** How long a caller waits for an answer before it gives up: from 5 ms to 1 s, mostly briefly. */
function patience(): number {
  return Math.round(5 * 200 ** Math.random());
}

function note(outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

/** Sends one request up to ten times: until it is answered, and often though it was. */
async function create(key: string, label: string): Promise<Created[]> {
  const created: Created[] = [];
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const answer = await post(key, label, patience());
    if (answer) created.push(answer);
    if (answer && Math.random() < 0.5) break;
    // Ever longer, or those who give up would keep the tasks too busy to answer.
    if (!answer) await delay(Math.random() * Math.min(2_000, 50 * 2 ** attempt));
  }
  return created;
}

/** Does something for each item, as many at the same time as there are callers. */
async function byCallers<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (const item of waiting) await work(item);
    }),
  );
}

/** Does something again and again until the signal; resolves when the last time is over. */
async function disturb(everyMs: number, signal: AbortSignal, how: () => void | Promise<void>): Promise<void> {
  for (;;) {
    await delay(everyMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await how();
  }
}

it(`${POSTS} POSTs have one effect each, and one answer, while tasks are killed and connections cut`, async () => {
  const start = performance.now();
  const requests = Array.from({ length: POSTS }, (_, index) => ({
    key: randomUUID(),
    label: `Thing ${index}`,
    created: [] as Created[],
  }));
  const end = new AbortController();
  const disturbances = [
    disturb(CUT_EVERY_MS, end.signal, () => {
      proxy.cut();
      cuts += 1;
    }),
    disturb(KILL_EVERY_MS, end.signal, async () => {
      const index = kills % TASKS;
      const killed = tasks[index]!;
      const url = await killed.url();
      await killed.kill();
      kills += 1;
      await startTask(index);
      // Any program may listen on its port by now.
      balancer.deregister(url);
    }),
  ];
  await byCallers(requests, async ({ key, label, created }) => {
    created.push(...(await create(key, label)));
  });
  end.abort();
  await Promise.all(disturbances);
  const seconds = (performance.now() - start) / 1000;
  const sent = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `${POSTS} POSTs sent ${sent} times in ${seconds.toFixed(0)} s, ${kills} tasks killed, ` +
      `connections cut ${cuts} times: ${[...outcomes].map(([what, count]) => `${count} ${what}`).join(', ')}\n`,
  );

  // Those that never had an answer get theirs, and all others the same once more.
  await byCallers(requests, async ({ key, label, created }) => {
    created.push(await until(`an answer for ${label}`, () => post(key, label)));
  });
  expect(requests.filter(({ created }) => new Set(created.map((one) => one.comparable)).size > 1)).toEqual(
    [],
  );
  expect(requests.filter(({ created }) => created.filter((one) => !one.isReplay).length > 1)).toEqual([]);
  const { rows } = await database.query<{ id: string; label: string }>('SELECT id, label FROM things');
  expect(rows).toHaveLength(POSTS);
  const ids = new Map(rows.map(({ label, id }) => [label, id]));
  expect(requests.filter(({ label, created }) => ids.get(label) !== created[0]!.id)).toEqual([]);
  // The old one was removed.
  const keys = await database.query('SELECT FROM idempotency_keys');
  expect(keys.rowCount).toBe(POSTS);

  const expected = ['201', '409 idempotency_key_in_use', '502', '503', 'given up', 'connection lost'];
  const others = [...outcomes.keys()].filter((seen) => !expected.some((start) => seen.startsWith(start)));
  expect(others).toEqual([]);
  expect(Math.min(kills, cuts, outcomes.get('201 replayed') ?? 0)).toBeGreaterThan(0);
});
