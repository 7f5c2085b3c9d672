import { Agent, get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { Client } from 'pg';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { lockWaiters } from '../support/lock-waiters';
import { RawConnection } from '../support/raw-http';
import { preload, serviceEnvironment, ServiceProcess } from '../support/service-process';
import { tcpProxy } from '../support/tcp-proxy';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { UserPool } from '../support/user-pool';

jest.setTimeout(20_000);

let pool: UserPool;
let database: TestDatabase;
let jwks: JwksServer;
let blocker: Client;
let agent: Agent;
let service: ServiceProcess;

beforeAll(async () => {
  pool = new UserPool();
  jwks = await jwksServer(pool.jwks);
  database = await testDatabase();
});

beforeEach(async () => {
  agent = new Agent({ keepAlive: true });
  blocker = new Client({ connectionString: database.url });
  await blocker.connect();
});

afterEach(async () => {
  await service.kill();
  await blocker.end();
  agent.destroy();
});

afterAll(async () => {
  await jwks.close();
  await database.drop();
});

async function start(own: Readonly<Record<string, string>> = {}): Promise<void> {
  service = new ServiceProcess(
    serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: database.url, ...own }),
  );
  await service.readiness('ok');
}

async function signal(name: NodeJS.Signals): Promise<void> {
  service.child.kill(name);
  await service.logged('stopping');
}

/** Asks as a client that keeps its connection; resolves with the answer when its head is there. */
async function ask(path: string): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer ${pool.token()}` };
  const [answer] = (await once(get((await service.url()) + path, { agent, headers }), 'response')) as [
    IncomingMessage,
  ];
  answer.resume();
  await once(answer, 'end');
  return answer;
}

/** A request that is not answered until the lock is released. */
async function askBlocked(): Promise<{ answer: Promise<IncomingMessage>; release: () => Promise<unknown> }> {
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE things');
  const answer = ask('/api/v1/things');
  answer.catch(() => undefined);
  await lockWaiters(blocker, 1);
  return { answer, release: () => blocker.query('ROLLBACK') };
}

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends the process with exit code 0', async (name) => {
  await start();
  await ask('/api/v1/things');
  await signal(name);
  const ending = await service.ended();
  expect({ ...ending, last: service.log.at(-1), stderr: service.stderr }).toMatchObject({
    code: 0,
    signal: null,
    last: { level: 'info', msg: 'stopped' },
    stderr: '',
  });
});

it('a request under way is answered, and its connection closed', async () => {
  await start();
  const { answer, release } = await askBlocked();
  await signal('SIGTERM');
  await release();
  const { statusCode, headers } = await answer;
  expect(statusCode).toBe(200);
  expect(headers.connection).toBe('close');
  expect(await service.ended()).toEqual({ code: 0, signal: null });
});

it('a request that does not end is cut off when the grace time is', async () => {
  await start({ SHUTDOWN_GRACE_SECONDS: '1' });
  const { answer, release } = await askBlocked();
  await signal('SIGTERM');
  await expect(answer).rejects.toThrow(/hang up|ECONNRESET/);
  expect(await service.ended()).toEqual({ code: 0, signal: null });
  expect(service.log.filter(({ method }) => method !== undefined)).toMatchObject([
    { route: '/api/v1/things', msg: 'request aborted' },
  ]);
  await release();
});

it('a statement that hangs, its server too, ends with the grace time, and its request is logged', async () => {
  const proxy = await tcpProxy(database.url);
  await start({ DATABASE_URL: proxy.url, SHUTDOWN_GRACE_SECONDS: '1' });
  const { answer, release } = await askBlocked();
  proxy.hang();
  await signal('SIGTERM');
  await expect(answer).rejects.toThrow(/hang up|ECONNRESET/);
  expect(await service.ended()).toEqual({ code: 0, signal: null });
  expect(service.log.filter(({ method }) => method !== undefined)).toMatchObject([
    { route: '/api/v1/things', msg: 'request aborted' },
  ]);
  await release();
  await proxy.close();
});

it('requests are served during the delay, while readiness fails and answers close their connections', async () => {
  await start({ SHUTDOWN_DELAY_SECONDS: '1' });
  const before = await ask('/readyz');
  expect(before).toMatchObject({ statusCode: 200, headers: { connection: 'keep-alive' } });
  await signal('SIGTERM');
  expect(await service.readiness('failed')).toMatchObject({
    code: 503,
    checks: { process: { status: 'failed', reason: 'draining' } },
  });
  expect(await ask('/livez')).toMatchObject({ statusCode: 200, headers: { connection: 'close' } });
  expect(await ask('/api/v1/things')).toMatchObject({ statusCode: 200, headers: { connection: 'close' } });
  expect(await service.ended()).toEqual({ code: 0, signal: null });
});

it.each([
  ['idle', ''],
  ['in the middle of a head', 'GET /livez HTTP/1.1\r\nHost: x\r\n'],
  ['in the middle of a body', 'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx'],
])('a connection that is %s does not hold the process up', async (_, bytes) => {
  await start();
  const connection = new RawConnection(Number(new URL(await service.url()).port));
  connection.write(`GET /livez HTTP/1.1\r\nHost: x\r\n\r\n`);
  await connection.until(/"checks"/);
  connection.write(bytes);
  await signal('SIGTERM');
  expect(await service.ended()).toEqual({ code: 0, signal: null });
});

it('a second signal ends the process at once', async () => {
  await start({ SHUTDOWN_DELAY_SECONDS: '100', SHUTDOWN_GRACE_SECONDS: '200' });
  await signal('SIGTERM');
  service.child.kill('SIGINT');
  expect(await service.ended()).toEqual({ code: 1, signal: null });
});

it('a signal ends a process that never got ready', async () => {
  service = new ServiceProcess(
    serviceEnvironment({
      COGNITO_JWKS_URI: 'http://127.0.0.1:1/',
      DATABASE_URL: 'postgresql://api@127.0.0.1:1/api',
    }),
  );
  await service.logged('listening');
  await signal('SIGTERM');
  expect(await service.ended()).toEqual({ code: 0, signal: null });
});

it('a signal that comes while the program is being loaded ends it', async () => {
  service = new ServiceProcess(
    serviceEnvironment({
      COGNITO_JWKS_URI: jwks.url,
      DATABASE_URL: database.url,
      NODE_OPTIONS: preload('sigterm-while-loading'),
    }),
  );
  expect(await service.ended()).toEqual({ code: 0, signal: null });
  expect(service.log.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['stopping', 'stopped']));
});

it('a signal ends migrations that wait', async () => {
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE migrations');
  service = new ServiceProcess({ DATABASE_URL: database.url }, ['migrate']);
  await lockWaiters(blocker, 1);
  service.child.kill('SIGTERM');
  expect(await service.ended()).toEqual({ code: 143, signal: null });
});
