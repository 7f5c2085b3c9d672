import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { serviceEnvironment, ServiceProcess } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { UserPool } from '../support/user-pool';

jest.setTimeout(20_000);

const THINGS = '/api/v1/things';

let pool: UserPool;
let jwks: JwksServer;
let database: TestDatabase;
let started: ServiceProcess[];

beforeAll(async () => {
  pool = new UserPool();
  jwks = await jwksServer(pool.jwks);
  database = await testDatabase();
});

beforeEach(() => {
  started = [];
});

afterEach(() => Promise.all(started.map((service) => service.kill())));

afterAll(async () => {
  await jwks.close();
  await database.drop();
});

function start(environment: Readonly<Record<string, string>>, args: readonly string[] = []): ServiceProcess {
  const service = new ServiceProcess(environment, args);
  started.push(service);
  return service;
}

function environment(own: Readonly<Record<string, string>> = {}): Record<string, string> {
  return serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: database.url, ...own });
}

describe('a service with a right configuration', () => {
  let service: ServiceProcess;
  const headers = { Authorization: '', 'Content-Type': 'application/json' };

  beforeAll(async () => {
    headers.Authorization = `Bearer ${pool.token()}`;
    service = new ServiceProcess(environment());
    await service.readiness('ok');
  });

  afterAll(() => service.kill());

  it('is ready, serves callers, and shows its metrics on a port of their own', async () => {
    const url = await service.url();
    expect(await service.readiness('ok')).toMatchObject({
      code: 200,
      checks: {
        keys: { status: 'ok' },
        database: { status: 'ok' },
        schema: { status: 'ok' },
        process: { status: 'ok' },
      },
    });
    expect((await fetch(url + THINGS)).status).toBe(401);
    expect((await fetch(url + THINGS, { headers })).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);

    const metricsUrl = `http://127.0.0.1:${(await service.logged('listening'))['metricsPort'] as number}`;
    const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
    expect(metrics).toMatch(/^http_refusals_total\{reason="missing_token"\} [1-9]/m);
    expect(metrics).toMatch(/^jwks_keys 1$/m);
    expect((await fetch(`${metricsUrl}/elsewhere`)).status).toBe(404);
  });

  it('writes a log of JSON lines, and nothing else', async () => {
    const answer = await fetch((await service.url()) + THINGS, { headers });
    const id = answer.headers.get('X-Request-Id');
    const line = await until('the request in the log', () =>
      service.log.find(({ requestId }) => requestId === id),
    );
    expect(line).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      method: 'GET',
      route: THINGS,
      status: 200,
    });
    expect(service.log).toHaveLength(service.lines.length);
    expect(service.stderr).toBe('');
  });

  it('loses nothing that it has answered 201 to when it is killed', async () => {
    const thing = { label: 'Written before a kill' };
    const body = JSON.stringify(thing);
    const killed = start(environment());
    await killed.readiness('ok');
    const created = await fetch((await killed.url()) + THINGS, { method: 'POST', headers, body });
    expect(created.status).toBe(201);
    await killed.kill();
    const next = start(environment());
    await next.readiness('ok');
    const read = await fetch((await next.url()) + created.headers.get('Location')!, { headers });
    expect(await read.json()).toMatchObject(thing);
  });

  it('takes as many bytes of headers as a load balancer lets through', async () => {
    const padding = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`X-${i}`, 'x'.repeat(15_000)]));
    const answer = await fetch((await service.url()) + THINGS, { headers: { ...headers, ...padding } });
    expect(answer.status).toBe(200);
  });
});

it('opens its port while nothing it depends on is there', async () => {
  const away = { COGNITO_JWKS_URI: 'http://127.0.0.1:1/', DATABASE_URL: 'postgresql://api@127.0.0.1:1/api' };
  const service = start(environment(away));
  const url = await service.url();
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(await service.readiness('failed')).toMatchObject({
    code: 503,
    checks: { keys: { reason: 'never_fetched' }, database: { reason: 'unreached' } },
  });
});

describe('the schema', () => {
  let empty: TestDatabase;

  beforeEach(async () => {
    empty = await testDatabase({ migrated: false });
  });

  afterEach(() => empty.drop());

  it('keeps the service from being ready until someone migrates', async () => {
    const own = { DATABASE_URL: empty.url };
    const service = start(environment(own));
    await service.logged('database state changed');
    expect(await service.readiness('failed')).toMatchObject({
      code: 503,
      checks: { keys: { status: 'ok' }, database: { status: 'ok' }, schema: { reason: 'behind' } },
    });
    expect(await start(own, ['migrate']).ended()).toMatchObject({ code: 0 });
    expect(await service.readiness('ok')).toMatchObject({ code: 200 });
  });

  it('is made by MIGRATE_ON_START, once, though two processes start together', async () => {
    const both = [1, 2].map(() => start(environment({ DATABASE_URL: empty.url, MIGRATE_ON_START: 'true' })));
    for (const service of both) expect(await service.readiness('ok')).toMatchObject({ code: 200 });
    const migrated = both.flatMap(({ log }) => log.filter(({ msg }) => msg === 'database migrated'));
    expect(migrated).toHaveLength(1);
  });
});

describe('what cannot work', () => {
  it('is reported all at once, on standard error, with exit code 1', async () => {
    const secret = 'secret-value';
    const service = start({
      PORT: secret,
      COGNITO_USER_POOL_ID: secret,
      COGNITO_CLIENT_IDS: '*',
      COGNITO_JWKS_URI: 'http://example.com/',
      DATABASE_URL: secret,
      LOG_LEVEL: secret,
    });
    expect(await service.ended()).toEqual({ code: 1, signal: null });
    for (const name of [
      'PORT',
      'COGNITO_USER_POOL_ID',
      'COGNITO_CLIENT_IDS',
      'RESOURCE_SERVER_IDENTIFIER',
      'COGNITO_JWKS_URI',
      'DATABASE_URL',
      'LOG_LEVEL',
    ])
      expect(service.stderr).toMatch(new RegExp(`^ +${name}: `, 'm'));
    expect(service.stderr).not.toContain(secret);
    expect(service.log).toEqual([]);
  });

  it('is reported for the part that migrations need', async () => {
    const service = start({}, ['migrate']);
    expect(await service.ended()).toEqual({ code: 1, signal: null });
    expect(service.stderr).toMatch(/^ +DATABASE_URL: /m);
    expect(service.stderr).not.toMatch(/COGNITO/);
  });

  it.each([['serv'], ['migrate', 'now'], ['toString']])(
    'is exit code 2 where it is an unknown command: %s',
    async (...args) => {
      const service = start(environment(), args);
      expect(await service.ended()).toEqual({ code: 2, signal: null });
      expect(service.stderr).toMatch(/usage/);
    },
  );

  describe('because a port is taken', () => {
    let other: Server;
    let port: string;

    beforeEach(async () => {
      other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      port = String((other.address() as AddressInfo).port);
    });

    afterEach(() => new Promise((resolve) => other.close(resolve)));

    it.each(['PORT', 'METRICS_PORT'])('names %s, with exit code 1', async (name) => {
      const service = start(environment({ [name]: port }));
      expect(await service.ended()).toEqual({ code: 1, signal: null });
      expect(service.stderr).toMatch(new RegExp(`^ +${name}: .*${port}`, 'm'));
      expect(service.stderr).not.toContain('    at ');
    });
  });
});
