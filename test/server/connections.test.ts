import { get } from 'node:http';
import { HTTP_SERVER_OPTIONS } from '../../src/server';
import { type InProcessService, inProcessService } from '../support/in-process-service';
import { until } from '../support/until';

jest.setTimeout(30_000);

/** The bounds of production, shortened. */
const OPTIONS = {
  keepAliveTimeout: 1_000,
  headersTimeout: 400,
  requestTimeout: 800,
  answerTimeout: 1_500,
  writeTimeout: 400,
  lingerTimeout: 1_000,
  connectionsCheckingInterval: 50,
};
const THINGS = '/api/v1/things';
const FONT = 'GET /docs/inter.woff2 HTTP/1.1\r\nHost: x\r\n\r\n';

let running: InProcessService;

beforeAll(async () => {
  running = await inProcessService(OPTIONS);
});

beforeEach(() => void running.log.splice(0));

afterAll(() => running.close());

async function ask(path: string): Promise<Response> {
  const answer = await fetch(`http://127.0.0.1:${running.service.port}${path}`, {
    headers: { Authorization: `Bearer ${running.pool.token()}` },
  });
  await answer.clone().text();
  return answer;
}

function post(...lines: readonly string[]): string {
  return `POST ${THINGS} HTTP/1.1\r\n${running.authorization}${['Content-Type: application/json', ...lines].join('\r\n')}\r\n\r\n`;
}

function loggedRequest() {
  return until('a request to be logged', () => running.requests.at(0));
}

describe('a connection is cut', () => {
  test('that sends nothing', async () => {
    await running.connect().closed();
  });

  test('whose request head trickles in', async () => {
    const connection = running.connect();
    connection.write('GET /livez HTTP/1.1\r\n');
    const trickle = setInterval(() => connection.write('X: y\r\n'), 20);
    await connection.closed();
    clearInterval(trickle);
    expect(connection.received).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('whose request body trickles in', async () => {
    const connection = running.connect();
    connection.write(post('Content-Length: 1000'));
    const trickle = setInterval(() => connection.write(' '), 20);
    await connection.closed();
    clearInterval(trickle);
    expect(connection.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(await loggedRequest()).toMatchObject({
      method: 'POST',
      status: 408,
      reason: 'request_timeout',
      msg: 'request completed',
    });
  });

  test('whose client takes nothing of its answer, and the request is logged as aborted', async () => {
    const connection = running.connect();
    connection.pause();
    // More than the buffers between the two sides hold.
    connection.write(FONT.repeat(500));
    const line = await until('a request to be aborted', () =>
      // Those behind it wait for their turn, and have no route yet.
      running.requests.find(({ msg, route }) => msg === 'request aborted' && route !== undefined),
    );
    expect(line).toMatchObject({ route: '/docs/inter.woff2' });
    expect(line).not.toHaveProperty('status');
  });

  test('whose client does not close it after the last answer', async () => {
    const connection = running.connect({ allowHalfOpen: true });
    connection.write('GET /livez HTTP/1.1\r\n\r\n');
    await connection.until(/"malformed_request"/);
    // Only bytes that come for a connection that is gone show that it is.
    const sending = setInterval(() => connection.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'), 20);
    await connection.closed();
    clearInterval(sending);
  });

  test('whose client goes on sending after the last answer', async () => {
    const connection = running.connect({ allowHalfOpen: true });
    connection.write(post('Transfer-Encoding: chunked'));
    const sending = setInterval(() => connection.write(`8000\r\n${'x'.repeat(0x8000)}\r\n`), 5);
    await connection.closed();
    clearInterval(sending);
    expect(connection.received).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('a request that is not answered in time', () => {
  test('is answered 503, logged with its route, and leaves its connection usable', async () => {
    const lock = await running.lockThings();
    const connection = running.connect();
    connection.write(`GET ${THINGS} HTTP/1.1\r\n${running.authorization}\r\n`);
    await connection.until(/requestId/);
    expect(connection.received).toMatch(/^HTTP\/1\.1 503 [^]*"code":"answer_timeout"/);
    expect(await loggedRequest()).toMatchObject({
      level: 'error',
      status: 503,
      method: 'GET',
      route: THINGS,
      reason: 'answer_timeout',
    });
    await lock.release();
    connection.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.until(/ 200 /);
    expect(running.log.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});

describe('the last answer reaches a client that sends to the end before it reads:', () => {
  const body = 'x'.repeat(20_000_000);
  const announced = () => post(`Content-Length: ${body.length}`) + body;
  const chunked = () =>
    `${post('Transfer-Encoding: chunked')}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

  test.each([
    ['413 to an announced body', announced, 413],
    ['413 to a body in chunks', chunked, 413],
    ['400 before a body in chunks', () => `GET / HTTP/1.1\r\n\r\n${chunked()}`, 400],
  ])('%s', async (_, bytes, status) => {
    const connection = running.connect();
    connection.pause();
    connection.write(bytes());
    await connection.sent();
    connection.resume();
    await connection.closed();
    expect(connection.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*"requestId"`));
  });
});

test('a thousand connections that send nothing keep no client from being served', async () => {
  for (let count = 0; count < 1000; count += 1) running.connect();
  expect(await ask(THINGS)).toMatchObject({ status: 200 });
});

test('a kept connection is used again just before its time-out without a reset', async () => {
  const connection = running.connect();
  for (let use = 1; use <= 3; use += 1) {
    connection.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.until(new RegExp(`(?:HTTP/1\\.1 200 [^]*){${use}}`));
    // The wait is what this is about.
    await new Promise((resolve) => setTimeout(resolve, OPTIONS.keepAliveTimeout * 0.8));
  }
  expect(connection.received.match(/HTTP\/1\.1 200 /g)).toHaveLength(3);
});

describe('the bounds of production', () => {
  /** The idle time-out of the load balancer. */
  const LOAD_BALANCER_MS = 60_000;
  /** What a request to the database may take: getting a connection, and two statements. */
  const DATABASE_MS = 2_000 + 2 * 6_000;

  test('keep an idle connection for longer than the load balancer does', async () => {
    const production = await inProcessService();
    const headers = await new Promise((resolve) => {
      get({
        port: production.service.port,
        path: '/livez',
        agent: false,
        headers: { Connection: 'keep-alive' },
      }).on('response', (answer) => resolve(answer.resume().headers));
    });
    await production.close();
    const seconds = Number(/timeout=(\d+)/.exec((headers as Record<string, string>)['keep-alive']!)?.[1]);
    expect(seconds * 1000).toBeGreaterThan(LOAD_BALANCER_MS);
  });

  test('bound every phase of a request, and answer before the load balancer gives up', () => {
    const { headersTimeout, requestTimeout, answerTimeout, writeTimeout, lingerTimeout } =
      HTTP_SERVER_OPTIONS;
    const late = HTTP_SERVER_OPTIONS.connectionsCheckingInterval;
    for (const bound of [headersTimeout, requestTimeout, writeTimeout, lingerTimeout])
      expect(bound).toBeGreaterThan(0);
    expect(headersTimeout).toBeLessThan(requestTimeout!);
    expect(answerTimeout).toBeGreaterThan(requestTimeout! + late + DATABASE_MS);
    expect(answerTimeout + late).toBeLessThan(LOAD_BALANCER_MS);
  });
});
