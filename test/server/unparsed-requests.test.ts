import { type InProcessService, inProcessService } from '../support/in-process-service';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';

jest.setTimeout(20_000);

const THINGS = '/api/v1/things';
const HOST = 'Host: x\r\n';
const OPTIONS = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 20 };

let database: TestDatabase;
let running: InProcessService;

beforeAll(async () => {
  database = await testDatabase();
});

afterAll(() => database.drop());

// One each: of what comes within a second after a line, there is no line of its own.
beforeEach(async () => {
  running = await inProcessService(OPTIONS, database);
});

afterEach(() => running.close());

function logged(msg = 'request not parsed') {
  return running.log.filter((line) => line['msg'] === msg);
}

/** What `http_requests_unparsed_total` has counted, by reason. */
async function counted(): Promise<Record<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${running.service.metricsPort}/metrics`);
  const samples = (await answer.text()).matchAll(/^http_requests_unparsed_total\{reason="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...samples].map(([, reason = '', count]) => [reason, Number(count)] as const));
}

/** Everything that comes until the connection ends, for these bytes. */
async function answerTo(...bytes: readonly string[]): Promise<string> {
  const connection = running.connect();
  for (const part of bytes) connection.write(part);
  await connection.closed();
  return connection.received;
}

function bodyOf(answer: string): Record<string, unknown> {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Record<string, unknown>;
}

const UNPARSED: readonly [string, number, string, string][] = [
  ['no HTTP', 400, 'malformed_request', 'hello\r\n\r\n'],
  ['TLS', 400, 'malformed_request', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  [
    'a line feed in its token',
    400,
    'malformed_request',
    `GET ${THINGS} HTTP/1.1\r\n${HOST}Authorization: Bearer a\nb\r\n\r\n`,
  ],
  [
    'two lengths',
    400,
    'malformed_request',
    `POST ${THINGS} HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
  ],
  [
    'headers of more than 64 KB',
    431,
    'head_too_large',
    `GET /livez HTTP/1.1\r\n${HOST}X: ${'x'.repeat(66_000)}\r\n\r\n`,
  ],
  ['a head that does not end', 408, 'request_timeout', 'GET /livez HTTP/1.1\r\n'],
];

describe('a request that cannot be parsed is answered as a problem, logged with its address, and counted:', () => {
  it.each(UNPARSED)('%s: %d', async (_, status, code, bytes) => {
    const answer = await answerTo(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    for (const header of [
      'Content-Type: application/problem\\+json',
      'Connection: close',
      'Cache-Control: no-store',
      'x-content-type-options: nosniff',
    ])
      expect(answer).toMatch(new RegExp(`^${header}\r$`, 'm'));
    const { requestId, ...body } = bodyOf(answer);
    expect(body).toMatchObject({ status, code });
    expect(answer).toContain(`\r\nX-Request-Id: ${requestId as string}\r\n`);
    expect(logged()).toMatchObject([{ level: 'info', requestId, status, reason: code, ip: '127.0.0.1' }]);
    expect(running.requests).toEqual([]);
    expect(await counted()).toEqual({ [code]: 1 });
  });
});

it('a request whose body cannot be parsed is answered 400, and is a request like any other', async () => {
  const answer = await answerTo(
    `POST ${THINGS} HTTP/1.1\r\n${running.authorization}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'not a chunk\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed_request"/);
  expect(await until('the request to be logged', () => running.requests.at(0))).toMatchObject({
    status: 400,
    reason: 'malformed_request',
    requestId: bodyOf(answer)['requestId'],
  });
  expect(await counted()).toEqual({});
});

it('what cannot be parsed behind a request is answered after it', async () => {
  const lock = await running.lockThings();
  const connection = running.connect();
  connection.write(`GET ${THINGS} HTTP/1.1\r\n${running.authorization}\r\nrubbish\r\n\r\n`);
  await lock.waiters(1);
  await until('the rubbish to be logged', () => logged().length === 1);
  await lock.release();
  await connection.closed();
  expect(connection.received).toMatch(/^HTTP\/1\.1 200 [^]*HTTP\/1\.1 400 [^]*malformed_request/);
});

it('what cannot be parsed behind an answer that closes its connection is neither answered nor counted', async () => {
  const answer = await answerTo(`GET /livez HTTP/1.1\r\n\r\nrubbish\r\n\r\n`);
  expect(answer.match(/^HTTP/gm)).toHaveLength(1);
});

it('a body that cannot be parsed behind the head of its answer cuts the connection', async () => {
  const answer = await answerTo(
    `POST /livez HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`,
    'not a chunk\r\n',
  );
  expect(answer.match(/^HTTP/gm)).toHaveLength(1);
});

it('a body that cannot be parsed is answered 400 where the answer is written in pieces, and the service goes on', async () => {
  const answer = await answerTo(
    `GET /openapi.json HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nnot a chunk\r\n`,
  );
  expect(answer.match(/^HTTP\S+ \d+/gm)).toEqual(['HTTP/1.1 400']);
  expect(await answerTo(`GET /livez HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 200 /,
  );
});

it.each(['end', 'reset'] as const)(
  'a connection that ends before a head is complete is not answered, logged or counted: %s',
  async (end) => {
    const connection = running.connect();
    connection.write('GET /livez HTTP/1.1\r\nHo');
    await connection.sent();
    connection[end]();
    await connection.closed();
    expect(connection.received).toBe('');
    expect(await counted()).toEqual({});
    expect(logged()).toEqual([]);
  },
);

it('many that cannot be parsed are summed up in one line a second, and counted each', async () => {
  await Promise.all(Array.from({ length: 50 }, () => answerTo('rubbish\r\n\r\n')));
  const [sum] = await until('the others to be summed up', () => {
    const lines = logged('more requests not parsed');
    return lines.length > 0 && lines;
  });
  const lines = logged().length + logged('more requests not parsed').length;
  expect(sum).toMatchObject({ level: 'info', ips: ['127.0.0.1'] });
  expect(lines).toBeLessThanOrEqual(4);
  expect(await counted()).toEqual({ malformed_request: 50 });
});
