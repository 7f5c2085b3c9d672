import { type InProcessService, inProcessService } from '../support/in-process-service';
import { until } from '../support/until';

jest.setTimeout(20_000);

const THINGS = '/api/v1/things';
const HOST = 'Host: x\r\n';

let running: InProcessService;

beforeAll(async () => {
  running = await inProcessService();
});

beforeEach(() => void running.log.splice(0));

afterAll(() => running.close());

/** Sends the bytes; resolves with what has come when it fits, or the connection has ended. */
async function exchange(bytes: string, pattern: RegExp): Promise<string> {
  const connection = running.connect();
  connection.write(bytes);
  await connection.until(pattern);
  connection.destroy();
  return connection.received;
}

function loggedRequest() {
  return until('a request to be logged', () => running.requests.at(0));
}

async function count(name: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${running.service.metricsPort}/metrics`);
  const samples = (await answer.text()).split('\n').filter((line) => line.startsWith(`${name}{`));
  return samples.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('a request that is malformed is answered 400, logged, counted, and its connection closed:', () => {
  it.each([
    ['http:// as its target', `GET http:// HTTP/1.1\r\n${HOST}\r\n`],
    ['half an address as its target', `GET http://[/ HTTP/1.1\r\n${HOST}\r\n`],
    ['a target of another scheme', `GET foo://x HTTP/1.1\r\n${HOST}\r\n`],
    [
      'a target of another scheme, with a body',
      `POST foo://x HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\n{}`,
    ],
    ['OPTIONS of http://', `OPTIONS http:// HTTP/1.1\r\n${HOST}\r\n`],
    ['no Host', 'GET /livez HTTP/1.1\r\n\r\n'],
    ['two Hosts', `GET /livez HTTP/1.1\r\n${HOST}hOST: y\r\n\r\n`],
    ['the same Host twice', `GET /livez HTTP/1.1\r\n${HOST}${HOST}\r\n`],
    ['no Host, though a name as long', 'GET /livez HTTP/1.1\r\nPost: x\r\n\r\n'],
    ['two Hosts of HTTP/1.0', `GET /livez HTTP/1.0\r\n${HOST}${HOST}\r\n`],
  ])('%s', async (_, bytes) => {
    const before = await count('http_request_duration_seconds_count');
    const connection = running.connect();
    connection.write(bytes);
    await connection.closed();
    expect(connection.received).toMatch(/^HTTP\/1\.1 400 /);
    expect(connection.received).toMatch(/^Content-Type: application\/problem\+json\r$/m);
    expect(connection.received).toMatch(/^x-content-type-options: nosniff\r$/m);
    expect(connection.received).toContain('"code":"malformed_request"');
    expect(await loggedRequest()).toMatchObject({
      level: 'info',
      status: 400,
      reason: 'malformed_request',
      ip: '127.0.0.1',
    });
    expect(running.requests).toHaveLength(1);
    expect(await count('http_request_duration_seconds_count')).toBe(before + 1);
  });
});

it('answers a target that is a whole URL', async () => {
  expect(await exchange(`GET http://x/livez HTTP/1.1\r\n${HOST}\r\n`, /"checks"/)).toMatch(/ 200 /);
});

it('answers a client of HTTP/1.0 that names no host', async () => {
  expect(await exchange('GET /livez HTTP/1.0\r\n\r\n', /"checks"/)).toMatch(/ 200 /);
});

it('is no proxy: the connection of CONNECT is closed, and the request logged', async () => {
  const connection = running.connect();
  connection.write(`CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`);
  await connection.closed();
  expect(connection.received).toBe('');
  expect(await loggedRequest()).toMatchObject({ method: 'CONNECT', ip: '127.0.0.1', msg: 'request aborted' });
});

it('does not wait for the client to close the connection of CONNECT', async () => {
  const connection = running.connect({ allowHalfOpen: true });
  connection.write(`CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`);
  const sending = setInterval(() => connection.write('x'), 5);
  await connection.closed();
  clearInterval(sending);
});

it('closes the connection of CONNECT though a request on it is not answered yet', async () => {
  const lock = await running.lockThings();
  const connection = running.connect();
  connection.write(`GET ${THINGS} HTTP/1.1\r\n${running.authorization}\r\n`);
  await lock.waiters(1);
  connection.write(`CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`);
  await connection.closed();
  await lock.release();
  expect(await until('two requests', () => running.requests.length === 2 && running.requests)).toMatchObject([
    { msg: 'request aborted' },
    { msg: 'request aborted' },
  ]);
});

it('ignores an expectation that it does not know', async () => {
  expect(await exchange(`GET /livez HTTP/1.1\r\n${HOST}Expect: x\r\n\r\n`, /"checks"/)).toMatch(/ 200 /);
  expect(await loggedRequest()).toMatchObject({ status: 200 });
});

describe('100 Continue', () => {
  const body = JSON.stringify({ label: 'Continue' });
  const head = (authorization: string, ...lines: readonly string[]) =>
    `POST ${THINGS} HTTP/1.1\r\n${authorization}Expect: 100-continue\r\n${lines.join('\r\n')}\r\n\r\n`;
  const json = 'Content-Type: application/json';

  it('is sent before a body that is read', async () => {
    const connection = running.connect();
    connection.write(head(running.authorization, json, `Content-Length: ${body.length}`));
    await connection.until(/ 100 Continue\r\n\r\n/);
    connection.write(body);
    await connection.until(/requestId|"id"/);
    expect(connection.received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
    expect(running.requests).toMatchObject([{ status: 201 }]);
  });

  it.each([
    ['has no token', 401, () => head(HOST, json, 'Content-Length: 10')],
    [
      'lacks a scope',
      403,
      () => head(`${HOST}Authorization: Bearer ${running.pool.tokenWith()}\r\n`, json, 'Content-Length: 10'),
    ],
    [
      'has no route',
      404,
      () => head(running.authorization, json, 'Content-Length: 10').replace('things', 'x'),
    ],
    ['announces too much', 413, () => head(running.authorization, json, 'Content-Length: 102401')],
    [
      'is of another media type',
      415,
      () => head(running.authorization, 'Content-Type: text/plain', 'Content-Length: 10'),
    ],
  ])('is not sent to a request that %s', async (_, status, bytes) => {
    const connection = running.connect();
    connection.write(bytes());
    await connection.closed();
    expect(connection.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(connection.received).toMatch(/^Connection: close\r$/m);
  });

  it('is not sent to a client of HTTP/1.0', async () => {
    const connection = running.connect();
    const bytes = head(running.authorization, json, `Content-Length: ${body.length}`) + body;
    connection.write(bytes.replace('HTTP/1.1', 'HTTP/1.0').replace('continue@', 'continue-1.0@'));
    await connection.closed();
    expect(connection.received).not.toContain('100 Continue');
  });
});
