import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { readConfig } from '../../src/config/config';
import { createLogger } from '../../src/observability/log';
import { type Service, startService } from '../../src/server';
import { resources } from '../support/service-resources';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { lockWaiters } from '../support/lock-waiters';
import { RawConnection } from '../support/raw-http';
import { serviceEnvironment } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { IDENTIFIER, UserPool } from '../support/user-pool';
import { testContent } from '../support/test-content';

// The service inside this process: it can be started and stopped like any other part, as often as one likes.
const lines: Record<string, unknown>[] = [];
const log = createLogger('info', { write: (line) => void lines.push(JSON.parse(line) as never) });
const THINGS = '/api/v1/things';

let pool: UserPool;
let jwks: JwksServer;
let database: TestDatabase;

beforeAll(async () => {
  pool = new UserPool();
  jwks = await jwksServer(pool.jwks);
  database = await testDatabase();
});

afterAll(async () => {
  await jwks.close();
  await database.drop();
});

function start(own: Readonly<Record<string, string>> = {}): Promise<Service> {
  const environment = serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: database.url, ...own });
  return startService(readConfig(environment), log, { resources, content: testContent() });
}

function ready({ port }: Service): Promise<true> {
  return until('the service to be ready', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    await answer.text();
    return answer.status === 200;
  });
}

function list({ port }: Service, token = pool.token()): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}` };
  return fetch(`http://127.0.0.1:${port}${THINGS}`, { headers });
}

it('starts, serves and stops, and does so again', async () => {
  for (let round = 0; round < 2; round += 1) {
    const service = await start();
    await ready(service);
    expect((await list(service)).status).toBe(200);
    expect(await service.stop()).toEqual([]);
    await expect(list(service)).rejects.toThrow();
  }
});

it('accepts a token whose aud is the resource of its metadata, or the resource server identifier', async () => {
  const service = await start({ PUBLIC_URL: 'https://things.example.com' });
  await ready(service);
  const metadata = await fetch(`http://127.0.0.1:${service.port}/.well-known/oauth-protected-resource`);
  const { resource } = (await metadata.json()) as { resource: string };
  expect(resource).not.toBe(IDENTIFIER);
  const statusFor = async (aud: string) => (await list(service, pool.token({ claims: { aud } }))).status;
  expect(await statusFor(resource)).toBe(200);
  expect(await statusFor(IDENTIFIER)).toBe(200);
  expect(await statusFor('https://other.example.com')).toBe(401);
  await service.stop();
});

it('answers 400 where a body is needed and there is none', async () => {
  const service = await start();
  await ready(service);
  const connection = new RawConnection(service.port);
  const headers = `Host: x\r\nAuthorization: Bearer ${pool.token()}\r\nContent-Type: application/json`;
  connection.write(`POST ${THINGS} HTTP/1.1\r\n${headers}\r\n\r\n`);
  await connection.until(/requestId/);
  expect(connection.received).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed_body"/);
  connection.destroy();
  await service.stop();
});

it('serves two at once that know nothing of each other', async () => {
  const services = await Promise.all([start(), start()]);
  await Promise.all(services.map(ready));
  await list(services[0]);
  const counts = await Promise.all(
    services.map(async ({ metricsPort }) => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      return /token_cache_misses_total (\d+)/.exec(text)?.[1];
    }),
  );
  expect(counts).toEqual(['1', '0']);
  expect(await Promise.all(services.map((service) => service.stop()))).toEqual([[], []]);
});

it('shows in its metrics how its parts are doing', async () => {
  const service = await start();
  await ready(service);
  await list(service);
  await list(service);
  const answer = await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`);
  expect(answer.headers.get('Content-Type')).toMatch(/^text\/plain/);
  const text = await answer.text();
  for (const line of [
    'jwks_keys 1',
    'jwks_keys_skipped 0',
    'jwks_fetches_total 1',
    'jwks_fetch_failures_total 0',
    'database_ready 1',
    'database_requests_waiting 0',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).toMatch(/^jwks_age_seconds \d/m);
  await service.stop();
});

it('serves nothing but its metrics on their port', async () => {
  const service = await start();
  const { status } = await fetch(`http://127.0.0.1:${service.metricsPort}/readyz`);
  expect(status).toBe(404);
  await service.stop();
});

it.each([
  ['of another host', 'http://jwks.invalid/', 1],
  ['of this host', 'http://127.0.0.1:1/', 0],
])('warns about keys over plain HTTP: %s', async (_, uri, count) => {
  lines.length = 0;
  const service = await start({ COGNITO_JWKS_URI: uri, COGNITO_JWKS_ALLOW_HTTP: 'true' });
  const warnings = lines.filter(
    ({ level, msg }) => level === 'warn' && String(msg).includes('COGNITO_JWKS_ALLOW_HTTP'),
  );
  expect(warnings).toHaveLength(count);
  await service.stop();
});

it('serves, names the trace of a request in its log, and stops in time though its collector is away', async () => {
  lines.length = 0;
  const service = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_TRACES_SAMPLER_ARG: '1',
  });
  await ready(service);
  expect((await list(service)).status).toBe(200);
  const line = await until('the request to be logged', () => lines.find(({ route }) => route === THINGS));
  expect(line['traceId']).toMatch(/^[\da-f]{32}$/);
  expect(await service.stop()).toEqual([]);
});

it('shows what keeps it from being ready', async () => {
  const service = await start({
    COGNITO_JWKS_URI: 'http://127.0.0.1:1/',
    DATABASE_URL: 'postgresql://api@127.0.0.1:1/api',
  });
  const answer = await fetch(`http://127.0.0.1:${service.port}/readyz`);
  expect(await answer.json()).toEqual({
    status: 'failed',
    checks: {
      keys: { status: 'failed', reason: 'never_fetched' },
      clients: { status: 'failed', reason: 'never_read' },
      database: { status: 'failed', reason: 'unreached' },
      schema: { status: 'failed', reason: 'unknown' },
      process: { status: 'ok' },
    },
  });
  expect(await service.stop()).toEqual([]);
});

describe('while it stops', () => {
  let blocker: Client;
  let service: Service;
  let connection: RawConnection;

  beforeEach(async () => {
    lines.length = 0;
    blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE things');
    service = await start();
    await ready(service);
    connection = new RawConnection(service.port);
    connection.write(`GET ${THINGS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${pool.token()}\r\n\r\n`);
    await lockWaiters(blocker, 1);
  });

  afterEach(async () => {
    connection.destroy();
    await blocker.end();
  });

  it('answers what is under way, and closes its connection', async () => {
    const stopped = service.stop({ delaySeconds: 0, graceSeconds: 20 });
    await blocker.query('ROLLBACK');
    await connection.closed();
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 /);
    expect(connection.received).toMatch(/^Connection: close\r$/m);
    expect(await stopped).toEqual([]);
  });

  it('leaves its share of the limits to other tasks while it answers what is under way', async () => {
    const stopped = service.stop({ delaySeconds: 0, graceSeconds: 20 });
    await until('the task to leave', async () => {
      const { rows } = await blocker.query('SELECT FROM service_tasks');
      return rows.length === 0;
    });
    expect(connection.received).toBe('');
    await blocker.query('ROLLBACK');
    await connection.closed();
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 /);
    expect(await stopped).toEqual([]);
  });

  it('cuts off what does not end in time', async () => {
    expect(await service.stop({ delaySeconds: 0, graceSeconds: 1 })).toEqual([]);
    await connection.closed();
    expect(connection.received).toBe('');
  });

  it('leaves most of a short grace time to what is under way', async () => {
    const idle = new RawConnection(service.port);
    idle.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.until(/"checks"/);
    // As much as its own parts get where there is more.
    const stopped = service.stop({ delaySeconds: 0, graceSeconds: 2 });
    await idle.closed();
    // It would have been cut off by now.
    await blocker.query('SELECT pg_sleep(0.1)');
    await blocker.query('ROLLBACK');
    await connection.closed();
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 /);
    expect(await stopped).toEqual([]);
  });

  it('cuts requests off while there is time to close its own parts', async () => {
    const stopped = service.stop({ delaySeconds: 0, graceSeconds: 2 });
    // Of the time that is left, this is later than four fifths.
    await new Promise((resolve) => setTimeout(resolve, 1_800));
    expect(lines).toContainEqual(expect.objectContaining({ route: THINGS, msg: 'request aborted' }));
    expect(await stopped).toEqual([]);
  });

  it('does not wait for a request whose body has not come', async () => {
    await blocker.query('ROLLBACK');
    const sending = new RawConnection(service.port);
    const headers = `Host: x\r\nAuthorization: Bearer ${pool.token()}\r\nContent-Type: application/json`;
    sending.write(
      `POST ${THINGS} HTTP/1.1\r\n${headers}\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n`,
    );
    await sending.until(/100 Continue/);
    sending.write('{');
    expect(await service.stop({ delaySeconds: 0, graceSeconds: 1_000 })).toEqual([]);
    await sending.closed();
  });

  it('does not wait for a connection to its metrics', async () => {
    await blocker.query('ROLLBACK');
    const scraper = new RawConnection(service.metricsPort);
    scraper.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await scraper.until(/jwks_keys/);
    scraper.write('GET /metrics HTTP/1.1\r\n');
    expect(await service.stop({ delaySeconds: 0, graceSeconds: 1 })).toEqual([]);
    await scraper.closed();
  });

  it('answers new requests during the delay, and closes their connections', async () => {
    const stopped = service.stop({ delaySeconds: 0.5, graceSeconds: 20 });
    const answer = await fetch(`http://127.0.0.1:${service.port}/readyz`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Connection')).toBe('close');
    expect(await answer.json()).toMatchObject({ checks: { process: { reason: 'draining' } } });
    await blocker.query('ROLLBACK');
    expect(await stopped).toEqual([]);
  });
});

it.each(['PORT', 'METRICS_PORT'])('rejects where %s is taken, and leaves nothing open', async (name) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(start({ [name]: String(port) })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  await new Promise((resolve) => other.close(resolve));
});
