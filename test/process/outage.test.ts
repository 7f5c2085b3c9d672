import { Client } from 'pg';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { serviceEnvironment, ServiceProcess } from '../support/service-process';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { signingKey, UserPool } from '../support/user-pool';

jest.setTimeout(30_000);

let pool: UserPool;
let database: TestDatabase;
let jwks: JwksServer;
let proxy: TcpProxy;
let service: ServiceProcess;

beforeAll(async () => {
  pool = new UserPool();
  database = await testDatabase();
});

beforeEach(async () => {
  jwks = await jwksServer(pool.jwks);
  proxy = await tcpProxy(database.url);
});

afterEach(async () => {
  await service.kill();
  await jwks.close();
  await proxy.close();
});

afterAll(() => database.drop());

function start(own: Readonly<Record<string, string>> = {}): void {
  service = new ServiceProcess(
    serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: proxy.url, ...own }),
  );
}

async function list(token = pool.token()): Promise<Response> {
  return fetch(`${await service.url()}/api/v1/things`, { headers: { Authorization: `Bearer ${token}` } });
}

async function codeOf(answer: Response): Promise<unknown> {
  return ((await answer.json()) as { code?: unknown }).code;
}

const away = () =>
  jwks.serve((_req, res) => {
    res.writeHead(500).end();
  });

describe('keys that cannot be fetched', () => {
  it('at the start keep the service from being ready, until they can', async () => {
    away();
    start();
    expect((await fetch(`${await service.url()}/livez`)).status).toBe(200);
    await until('the database to be reached', async () => {
      const { checks } = await service.readiness('failed');
      return checks['database']?.status === 'ok';
    });
    expect(await service.readiness('failed')).toMatchObject({
      code: 503,
      checks: { keys: { status: 'failed', reason: 'never_fetched' } },
    });
    const refused = await list();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/);
    jwks.serve(pool.jwks);
    expect(await service.readiness('ok')).toMatchObject({ code: 200 });
    expect((await list()).status).toBe(200);
  });

  it('later leave those in place that are known, and the service is degraded', async () => {
    start({ JWKS_REFRESH_SECONDS: '1' });
    await service.readiness('ok');
    away();
    expect(await service.readiness('degraded')).toMatchObject({
      code: 200,
      checks: { keys: { status: 'degraded', reason: 'stale' } },
    });
    expect((await list()).status).toBe(200);
    expect(await codeOf(await list(pool.token({ key: signingKey() })))).toBe('keys_unavailable');
    jwks.serve(pool.jwks);
    await service.readiness('ok');
  });

  it('for too long leave none', async () => {
    start({ JWKS_REFRESH_SECONDS: '1', JWKS_MAX_STALE_SECONDS: '6' });
    await service.readiness('ok');
    const token = pool.token();
    expect((await list(token)).status).toBe(200);
    away();
    expect(await service.readiness('failed')).toMatchObject({
      code: 503,
      checks: { keys: { reason: 'too_stale' } },
    });
    expect(await codeOf(await list(token))).toBe('keys_unavailable');
  });
});

it('a key that is withdrawn stops working, for tokens that were accepted before too', async () => {
  const next = signingKey();
  start({ JWKS_REFRESH_SECONDS: '1' });
  await service.readiness('ok');
  const old = pool.token();
  expect((await list(old)).status).toBe(200);
  jwks.serve({ keys: [next.jwk] });
  await until('the old key to be refused', async () => (await list(old)).status === 401);
  expect((await list(pool.token({ key: next }))).status).toBe(200);
});

describe('a database that is away', () => {
  it('at the start keeps the service from being ready, until it is there', async () => {
    await proxy.refuse();
    start();
    await service.logged('key set changed');
    expect(await service.readiness('failed')).toMatchObject({
      code: 503,
      checks: { keys: { status: 'ok' }, database: { status: 'failed', reason: 'unreached' } },
    });
    await proxy.resume();
    expect(await service.readiness('ok')).toMatchObject({ code: 200 });
    expect((await list()).status).toBe(200);
  });

  it('later makes requests 503 and the service degraded, until it is back', async () => {
    start();
    await service.readiness('ok');
    expect((await list()).status).toBe(200);
    await proxy.refuse();
    const refused = await list();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(refused.headers.get('WWW-Authenticate')).toBeNull();
    expect(await codeOf(refused)).toBe('database_unavailable');
    expect(await service.readiness('degraded')).toMatchObject({
      code: 200,
      checks: { database: { status: 'degraded', reason: 'lost' } },
    });
    await proxy.resume();
    expect((await list()).status).toBe(200);
    expect(await service.readiness('ok')).toMatchObject({ code: 200 });
  });

  it('does not hold up the end of the process where it hangs', async () => {
    start({ SHUTDOWN_GRACE_SECONDS: '1' });
    await service.readiness('ok');
    proxy.hang();
    const answer = list();
    answer.catch(() => undefined);
    service.child.kill('SIGTERM');
    expect(await service.ended()).toEqual({ code: 0, signal: null });
  });

  it('leaves the credentials out of the log', async () => {
    start();
    await service.readiness('ok');
    await list();
    proxy.cut();
    await service.logged('idle database connection lost');
    const { password } = new URL(database.url);
    const text = JSON.stringify(service.log);
    for (const secret of [password, 'secretKey', 'connectionParameters']) expect(text).not.toContain(secret);
  });
});

describe('database connections that are all in use', () => {
  let blocker: Client;

  beforeEach(async () => {
    blocker = new Client({ connectionString: database.url });
    await blocker.connect();
  });

  afterEach(() => blocker.end());

  it('make requests wait or 503, and leave the service ready', async () => {
    start({ DATABASE_POOL_SIZE: '1' });
    await service.readiness('ok');
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE things');
    let blocked = true;
    const callers = Array.from({ length: 4 }, async () => {
      while (blocked) expect([200, 503]).toContain((await list()).status);
    });
    const { rows } = await blocker.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    await until('the next look at the database', async () => {
      await blocker.query('SELECT pg_stat_clear_snapshot()');
      const { rowCount } = await blocker.query(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND query = 'SELECT 1' AND state_change > $1`,
        [rows[0]!.now],
      );
      return rowCount === 1;
    });
    expect(await service.readiness('ok')).toMatchObject({ code: 200 });
    blocked = false;
    await blocker.query('ROLLBACK');
    await Promise.all(callers);
    expect(service.log.filter(({ msg }) => msg === 'database check failed')).toEqual([]);
  });
});
