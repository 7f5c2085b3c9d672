import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Postgres, startPostgres } from '../../local/postgres';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { serviceEnvironment, ServiceProcess } from '../support/service-process';
import { testDatabase } from '../support/test-database';
import { until } from '../support/until';
import { IDENTIFIER, LISTED_CLIENT_ID, UserPool } from '../support/user-pool';

/** Changes whose way to every task is measured. */
const CHANGES = Number(process.env['CLIENT_CHANGES'] ?? 12);

jest.setTimeout(90_000 + CHANGES * 3_000);

const PARTNER = '3partner';
const DISABLED = '4disabled';
const OPERATOR = LISTED_CLIENT_ID;

const pool = new UserPool();
const operatorToken = tokenOf(OPERATOR, 'clients.read', 'clients.write');
let jwks: JwksServer;
let tasks: ServiceProcess[];
let urls: string[];

function tokenOf(clientId: string, ...scopes: readonly string[]): string {
  const scope = scopes.map((name) => `${IDENTIFIER}/${name}`).join(' ');
  return pool.token({ claims: { client_id: clientId, sub: clientId, scope } });
}

/** Starts three tasks on a database, and resolves when they know of each other. */
async function startTasks(databaseUrl: string, own: Readonly<Record<string, string>> = {}): Promise<void> {
  jwks = await jwksServer(pool.jwks);
  const environment = serviceEnvironment({
    COGNITO_JWKS_URI: jwks.url,
    DATABASE_URL: databaseUrl,
    MIGRATE_ON_START: 'true',
    ...own,
  });
  tasks = [1, 2, 3].map(() => new ServiceProcess(environment));
  for (const task of tasks) await task.readiness('ok');
  urls = await Promise.all(tasks.map((task) => task.url()));
  await put(PARTNER, { name: 'partner' });
  await put(DISABLED, { name: 'disabled', enabled: false });
  await inForce(DISABLED, 3);
}

async function stopTasks(): Promise<void> {
  await Promise.all(tasks.map((task) => task.kill()));
  await jwks.close();
}

async function operate(task: number, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${urls[task]!}/api/v1/clients/${path}`, {
    method,
    headers: { Authorization: `Bearer ${operatorToken}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function put(id: string, definition: object): Promise<void> {
  expect((await operate(0, 'PUT', id, definition)).ok).toBe(true);
}

/** Resolves when so many tasks run, and all of them act on the newest version of a client. */
function inForce(id: string, count: number): Promise<true> {
  return until(`${id} to be in force on ${count} tasks`, async () => {
    const answer = await operate(0, 'GET', id);
    const { inForce } = (await answer.json()) as { inForce: { tasks: number; confirmed: number } };
    return inForce.tasks === count && inForce.confirmed === count;
  });
}

/** What a call of a client is answered: the status, or the code of a problem. */
async function call(task: number, clientId: string, path = '/api/v1/me'): Promise<number | string> {
  const answer = await fetch(urls[task]! + path, {
    headers: { Authorization: `Bearer ${tokenOf(clientId, 'things.read')}` },
  });
  const { code } = (await answer.json()) as { code?: string };
  return code ?? answer.status;
}

/** A client that calls one task over and over, until the test ends it. */
class Calls {
  /** What was answered, in order, each time that it was not as before. */
  readonly outcomes: { readonly outcome: number | string; readonly at: number }[] = [];
  readonly #ended: Promise<void>;
  #isEnding = false;

  constructor(task: number, clientId: string, path?: string) {
    this.#ended = this.#run(() => call(task, clientId, path));
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#ended;
  }

  async #run(send: () => Promise<number | string>): Promise<void> {
    while (!this.#isEnding) {
      const outcome = await send();
      if (this.outcomes.at(-1)?.outcome !== outcome) this.outcomes.push({ outcome, at: performance.now() });
    }
  }
}

function percentile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((one, other) => one - other);
  return `${Math.round(sorted[Math.ceil(sorted.length * share) - 1]!)} ms`;
}

describe('three tasks', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;

  beforeAll(async () => {
    database = await testDatabase();
    await startTasks(database.url);
  });

  afterAll(async () => {
    await stopTasks();
    await database.drop();
  });

  it('take up each change under load, once and for all', async () => {
    const watchers = urls.map((_, task) => new Calls(task, PARTNER));
    const load = urls.flatMap((_, task) => [
      new Calls(task, OPERATOR, '/api/v1/things'),
      new Calls(task, OPERATOR),
    ]);
    await until('the first calls', () => watchers.every(({ outcomes }) => outcomes.length === 1));
    const effects: number[] = [];
    const confirmations: number[] = [];
    for (let change = 0; change < CHANGES; change += 1) {
      const enabled = change % 2 === 1;
      const expected = enabled ? 200 : 'client_disabled';
      expect((await operate(change % 3, 'PATCH', PARTNER, { enabled })).status).toBe(200);
      const changedAt = performance.now();
      await until(`every task to answer ${expected}`, () =>
        watchers.every(({ outcomes }) => outcomes.at(-1)?.outcome === expected),
      );
      const last = Math.max(...watchers.map(({ outcomes }) => outcomes.at(-1)!.at));
      effects.push(Math.max(0, last - changedAt));
      await inForce(PARTNER, 3);
      confirmations.push(performance.now() - changedAt);
    }
    await Promise.all([...watchers, ...load].map((calls) => calls.end()));
    process.stdout.write(
      `${CHANGES} changes, three tasks: in effect on all after ${percentile(effects, 0.5)} (p50), ` +
        `${percentile(effects, 0.99)} (p99); confirmed after ${percentile(confirmations, 0.5)}, ` +
        `${percentile(confirmations, 0.99)}\n`,
    );
    const alternating = Array.from({ length: CHANGES + 1 }, (_, change) => {
      return change % 2 === 0 ? 200 : 'client_disabled';
    });
    for (const { outcomes } of watchers) expect(outcomes.map(({ outcome }) => outcome)).toEqual(alternating);
    for (const { outcomes } of load) expect(outcomes).toMatchObject([{ outcome: expect.anything() }]);
    if (CHANGES >= 200) expect(parseInt(percentile(effects, 0.99))).toBeLessThanOrEqual(2_000);
  });

  it('do not count one that hangs, which admits no client when it goes on until it has read', async () => {
    await put(PARTNER, { name: 'partner', enabled: true });
    await inForce(PARTNER, 3);
    tasks[2]!.child.kill('SIGSTOP');
    await put(PARTNER, { name: 'partner', enabled: false });
    await inForce(PARTNER, 2);
    const waiting = Array.from({ length: 5 }, () => call(2, PARTNER));
    const others = [call(0, PARTNER), call(1, PARTNER)];
    expect(await Promise.all(others)).toEqual(['client_disabled', 'client_disabled']);
    tasks[2]!.child.kill('SIGCONT');
    const outcomes = await Promise.all(waiting);
    expect(outcomes).toContain('clients_unavailable');
    expect(outcomes.filter((outcome) => outcome !== 'clients_unavailable')).toEqual(
      expect.not.arrayContaining([200]),
    );
    await until('it to have read', async () => (await call(2, PARTNER)) === 'client_disabled');
    await inForce(PARTNER, 3);
  });

  it('count one that has stopped no longer', async () => {
    tasks[2]!.child.kill('SIGTERM');
    await tasks[2]!.ended();
    await inForce(PARTNER, 2);
  });
});

describe('PostgreSQL, killed and started again,', () => {
  let directory: string;
  let postgres: Postgres;

  const start = async (port: number) => {
    postgres = await startPostgres({ directory, port, durable: true });
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'registry-postgres-'));
    await start(0);
    await startTasks(postgres.url);
  });

  afterAll(async () => {
    await stopTasks();
    await postgres.stop();
    rmSync(directory, { recursive: true });
  });

  it('changes nothing for those who are admitted and those who are not, and answers none with 500', async () => {
    const admitted = urls.map((_, task) => new Calls(task, PARTNER));
    const disabled = urls.map((_, task) => new Calls(task, DISABLED));
    const reading = urls.map((_, task) => new Calls(task, PARTNER, '/api/v1/things'));
    postgres.kill();
    await postgres.exited;
    const change = await operate(0, 'PATCH', PARTNER, { enabled: false });
    expect([change.status, change.headers.has('Retry-After')]).toEqual([503, true]);
    for (const task of tasks) {
      const { code, checks } = await until('the registry to be stale', async () => {
        const readiness = await task.readiness('degraded');
        return readiness.checks['clients']!.status === 'degraded' && readiness;
      });
      expect([code, checks['clients']]).toEqual([200, { status: 'degraded', reason: 'stale' }]);
    }

    await start(Number(new URL(postgres.url).port));
    for (const task of tasks) await task.readiness('ok');
    await put(PARTNER, { name: 'partner', limits: { burst: 7 } });
    await inForce(PARTNER, 3);
    await Promise.all([...admitted, ...disabled, ...reading].map((calls) => calls.end()));
    for (const { outcomes } of admitted) expect(outcomes.map(({ outcome }) => outcome)).toEqual([200]);
    for (const { outcomes } of disabled)
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['client_disabled']);
    for (const { outcomes } of reading)
      for (const { outcome } of outcomes) expect([200, 'database_unavailable']).toContain(outcome);
  });
});
