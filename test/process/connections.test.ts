import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import pino from 'pino';
import { readConfig } from '../../src/config/config';
import { type Service, startService } from '../../src/server';
import { resources } from '../support/service-resources';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { serviceEnvironment } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { UserPool } from '../support/user-pool';

jest.setTimeout(30_000);

/** The bounds of production, shortened. */
const OPTIONS = {
  keepAliveTimeout: 1_000,
  headersTimeout: 400,
  requestTimeout: 800,
  connectionsCheckingInterval: 50,
};

let pool: UserPool;
let jwks: JwksServer;
let database: TestDatabase;
let service: Service;
const sockets: Socket[] = [];

beforeAll(async () => {
  pool = new UserPool();
  jwks = await jwksServer(pool.jwks);
  database = await testDatabase();
  const config = readConfig(serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: database.url }));
  service = await startService(config, pino({ level: 'silent' }), { resources, ...OPTIONS });
  await until('the service to be ready', async () => (await ask('/readyz')) === 200);
});

afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

afterAll(async () => {
  await service.stop();
  await jwks.close();
  await database.drop();
});

async function open(): Promise<Socket> {
  const socket = connect(service.port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function ask(path: string): Promise<number> {
  const headers = { Authorization: `Bearer ${pool.token()}` };
  return (await fetch(`http://127.0.0.1:${service.port}${path}`, { headers })).status;
}

/** Everything that comes until the other side closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  await once(socket, 'close');
  return text;
}

describe('a connection is cut', () => {
  test('that sends nothing', async () => {
    await untilClosed((await open()).resume());
  });

  test('whose request head trickles in', async () => {
    const socket = await open();
    socket.write('GET /livez HTTP/1.1\r\n');
    const trickle = setInterval(() => socket.write('X: y\r\n'), 20);
    const answer = await untilClosed(socket);
    clearInterval(trickle);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('whose request body trickles in', async () => {
    const socket = await open();
    socket.write(
      `POST /api/v1/things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${pool.token()}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
    );
    const trickle = setInterval(() => socket.write(' '), 20);
    const answer = await untilClosed(socket);
    clearInterval(trickle);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

test('a thousand connections that send nothing keep nobody from being served', async () => {
  await Promise.all(Array.from({ length: 1000 }, open));
  expect(await ask('/api/v1/things')).toBe(200);
});

test('a kept connection is used again just before its time-out without a reset', async () => {
  const socket = await open();
  socket.setEncoding('utf8');
  for (let use = 0; use < 3; use += 1) {
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    // The wait is what this is about.
    await new Promise((resolve) => setTimeout(resolve, OPTIONS.keepAliveTimeout * 0.8));
  }
});
