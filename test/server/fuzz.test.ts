import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { METHODS, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { type InProcessService, inProcessService } from '../support/in-process-service';
import type { RawConnection } from '../support/raw-http';
import { until } from '../support/until';

/** More of them in `npm run test:fuzz`. */
const RUNS = 25 * Number(process.env['FUZZ_FACTOR'] ?? 1);
/** Within which each connection has to be closed by the service. */
const PATIENCE_MS = 5_000;
/** Short, so that requests that never end do not take all of the time; an answer that is forgotten takes all of it. */
const OPTIONS = {
  keepAliveTimeout: 50,
  headersTimeout: 100,
  requestTimeout: 150,
  answerTimeout: 2 * PATIENCE_MS,
  writeTimeout: 200,
  lingerTimeout: 100,
  connectionsCheckingInterval: 20,
};

jest.setTimeout(30_000 + RUNS * 200);

let running: InProcessService;
/** Requests that Node has parsed, by its own account. */
let parsed = 0;
const count = (message: unknown): void => {
  const { server } = message as { readonly server: Server };
  if ((server.address() as AddressInfo).port === running.service.port) parsed += 1;
};

beforeAll(async () => {
  running = await inProcessService(OPTIONS);
  await running.query("INSERT INTO things (id, label) VALUES ('01990000-0000-7000-8000-000000000001', 'a')");
  subscribe('http.server.request.start', count);
});

afterAll(async () => {
  unsubscribe('http.server.request.start', count);
  await running.close();
});

const text = (unit: fc.Arbitrary<string>, maxLength = 20) => fc.string({ unit, maxLength });
const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') },
  { weight: 1, arbitrary: fc.constantFrom(...METHODS, 'PRI', 'get') },
  { weight: 1, arbitrary: text(visible, 5) },
);
const target = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '/api/v1/things',
      '/api/v1/things?limit=1',
      '/api/v1/things?limit=0&limit=1',
      '/api/v1/things/01990000-0000-7000-8000-000000000001',
      '/api/v1/things/%',
      '/api/v1/things/%00',
      '/api',
      '/livez',
      '/readyz',
      '/openapi.json',
      '/docs',
      '/docs/inter.woff2',
      '/.well-known/oauth-protected-resource',
      '/',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'http://',
      'http://[/',
      'foo://x',
      'http://x/api/v1/things',
      '//',
      '//x',
      '*',
      '?',
      '/%',
      '/%ff',
      '/\\..\\',
      'x:1',
      '/__proto__',
      '/api/../livez',
    ),
  },
  { weight: 2, arbitrary: text(visible).map((path) => `/${path}`) },
  { weight: 1, arbitrary: text(visible) },
  { weight: 1, arbitrary: text(octet) },
);
const version = fc.oneof(
  { weight: 12, arbitrary: fc.constant('HTTP/1.1') },
  { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'http/1.1', 'X') },
);

const dates = fc.constantFrom('Thu, 01 Jan 1970 00:00:00 GMT', 'Thu, 01 Jan 2099 00:00:00 GMT', 'x');
const tags = fc.constantFrom('"1"', 'W/"1"', '*', '"x", "1"', '1', '', ',');
/** Headers that mean something to a server. */
const header = fc.oneof(
  fc.tuple(fc.constant('Host'), fc.constantFrom('x', '', 'x:1', 'x, y', '[')),
  fc.tuple(fc.constant('Authorization'), fc.constantFrom('Bearer', 'Bearer x', 'Bearer a b', 'Basic x')),
  fc.tuple(
    fc.constant('Content-Type'),
    fc.constantFrom('application/json', 'text/plain', 'application/json;;', ''),
  ),
  fc.tuple(
    fc.constant('Content-Length'),
    fc.constantFrom('0', '5', '-1', 'x', '102401', '99999999999999999999'),
  ),
  fc.tuple(
    fc.constant('Transfer-Encoding'),
    fc.constantFrom('chunked', 'gzip, chunked', 'chunked, gzip', 'x'),
  ),
  fc.tuple(fc.constant('Content-Encoding'), fc.constantFrom('gzip', 'identity', 'x')),
  fc.tuple(fc.constant('Expect'), fc.constantFrom('100-continue', 'x', '100-continue, x')),
  fc.tuple(fc.constant('Connection'), fc.constantFrom('close', 'keep-alive', 'upgrade', 'close, x')),
  fc.tuple(fc.constant('Upgrade'), fc.constantFrom('websocket', 'h2c')),
  fc.tuple(fc.constantFrom('If-Match', 'If-None-Match', 'If-Range'), tags),
  fc.tuple(fc.constantFrom('If-Modified-Since', 'If-Unmodified-Since', 'If-Range'), dates),
  fc.tuple(
    fc.constant('Range'),
    fc.constantFrom('bytes=0-', 'bytes=99999999-', 'bytes=-1', 'x=1', 'bytes=5-1'),
  ),
  fc.tuple(
    fc.constant('X-Amzn-Trace-Id'),
    fc.constantFrom('Root=1-67891233-abcdef012345678912345678', 'Root='),
  ),
  fc.tuple(fc.constant('X-Forwarded-For'), fc.constantFrom('203.0.113.9', 'x', ',', '')),
  fc.tuple(fc.constantFrom('Accept', 'Accept-Encoding', 'Trailer', 'TE', '__proto__'), text(visible)),
  fc.tuple(text(visible, 8), text(octet)),
);

const thing = fc.record({ label: fc.constantFrom('a', 'b', '') });
const content = fc.oneof(
  thing.map((value) => JSON.stringify(value)),
  fc.json({ maxDepth: 2 }),
  text(octet, 40),
);
/** A body with the headers that announce it, rightly most of the time. */
const body = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ headers: [] as string[], bytes: '' }) },
  {
    weight: 4,
    arbitrary: content.map((bytes) => ({
      headers: ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(bytes, 'latin1')}`],
      bytes,
    })),
  },
  {
    weight: 2,
    arbitrary: content.map((bytes) => ({
      headers: ['Content-Type: application/json', 'Transfer-Encoding: chunked'],
      bytes: `${Buffer.byteLength(bytes, 'latin1').toString(16)}\r\n${bytes}\r\n0\r\n\r\n`,
    })),
  },
  { weight: 1, arbitrary: content.map((bytes) => ({ headers: ['Transfer-Encoding: chunked'], bytes })) },
  { weight: 1, arbitrary: content.map((bytes) => ({ headers: ['Content-Length: 50'], bytes })) },
);

const request = fc
  .record({
    method,
    target,
    version,
    host: fc.boolean().map((isUnusual) => (isUnusual ? [] : ['Host: x'])),
    token: fc.constantFrom('all', 'all', 'none', undefined),
    headers: fc.array(header, { maxLength: 4 }),
    body,
    lineEnd: fc.oneof(
      { weight: 20, arbitrary: fc.constant('\r\n') },
      { weight: 1, arbitrary: fc.constant('\n') },
    ),
  })
  .map(({ method, target, version, host, token, headers, body, lineEnd }) => {
    const lines = [
      `${method} ${target} ${version}`,
      ...host,
      ...(token ? [`Authorization: ${token}`] : []),
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...body.headers,
      '',
      '',
    ];
    return lines.join(lineEnd) + body.bytes;
  });

/** What a client does on a connection. */
const conversation = fc.record({
  bytes: fc.oneof(
    { weight: 10, arbitrary: fc.array(request, { minLength: 1, maxLength: 6 }).map((all) => all.join('')) },
    { weight: 1, arbitrary: request.map((one) => one.repeat(25)) },
    { weight: 1, arbitrary: text(octet, 200) },
  ),
  /** Where the bytes are cut into writes. */
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
  ending: fc.constantFrom('end', 'destroy', 'wait', 'wait', 'wait', 'wait'),
});
type Conversation = typeof conversation extends fc.Arbitrary<infer T> ? T : never;

async function hold({ bytes, cuts, ending }: Conversation): Promise<string> {
  const connection: RawConnection = running.connect();
  const tokens = { all: running.pool.token(), none: running.pool.tokenWith() };
  const whole = Buffer.from(
    bytes.replaceAll(
      /Authorization: (all|none)/g,
      (_, kind: 'all' | 'none') => `Authorization: Bearer ${tokens[kind]}`,
    ),
    'latin1',
  );
  const places = [
    0,
    ...cuts.map((cut) => Math.floor(cut * whole.length)).sort((a, b) => a - b),
    whole.length,
  ];
  for (let index = 1; index < places.length; index += 1) {
    connection.write(whole.subarray(places[index - 1], places[index]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (ending === 'end') connection.end();
  if (ending === 'destroy') connection.destroy();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the connection is still open')), PATIENCE_MS);
  });
  await Promise.race([connection.closed(), timeout]).finally(() => clearTimeout(timer));
  return connection.received;
}

it('whatever comes is answered or its connection closed, is logged once, and is no fault of the service', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(conversation, { minLength: 1, maxLength: 30, size: 'max' }),
      async (conversations) => {
        running.log.length = 0;
        parsed = 0;
        const received = await Promise.all(conversations.map(hold));
        // A turn or two of the event loop after the end of their connections.
        const logged = await until('each parsed request to be logged', () => {
          // Node does not count those of CONNECT.
          const lines = running.requests.filter(({ method }) => method !== 'CONNECT');
          return lines.length >= parsed && lines;
        });
        expect(logged).toHaveLength(parsed);
        expect(running.log.filter(({ level }) => level !== 'info' && level !== 'debug')).toEqual([]);
        for (const answers of received) expect(answers).not.toMatch(/HTTP\/1\.1 5\d\d /);
      },
    ),
    { numRuns: RUNS },
  );
});
