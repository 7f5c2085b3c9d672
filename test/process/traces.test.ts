import { Client } from 'pg';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { preload, ServiceProcess, serviceEnvironment } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { CLIENT_ID, UserPool } from '../support/user-pool';

jest.setTimeout(60_000);

const THINGS = '/api/v1/things';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';

const pool = new UserPool();
let jwks: JwksServer;
let database: TestDatabase;
let receiver: OtlpReceiver;
let service: ServiceProcess;

beforeAll(async () => {
  jwks = await jwksServer(pool.jwks);
  database = await testDatabase();
});

afterAll(async () => {
  await database.drop();
  await jwks.close();
});

// The exporter loads modules with `import()`, which Jest does not allow: hence a process.
async function start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  service = new ServiceProcess(
    serviceEnvironment({
      COGNITO_JWKS_URI: jwks.url,
      DATABASE_URL: database.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER_ARG: '1',
      NODE_OPTIONS: preload('report-open-telemetry'),
      ...environment,
    }),
  );
  await service.readiness('ok');
}

async function stop(): Promise<void> {
  service.child.kill('SIGTERM');
  expect(await service.ended()).toEqual({ code: 0, signal: null });
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const answer = await fetch(`${await service.url()}${path}`, {
    headers: { Authorization: `Bearer ${pool.token()}`, ...headers },
  });
  await answer.clone().text();
  return answer;
}

async function query(statement: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** The spans of a request, once its server span, which is the last to end, has come. */
async function spansOf(answer: Response): Promise<readonly [ReceivedSpan, ...ReceivedSpan[]]> {
  const id = answer.headers.get('X-Request-Id');
  const server = await until('the trace to be exported', () =>
    receiver.spans.find(({ attributes }) => attributes['app.request_id'] === id),
  );
  return [server, ...receiver.spans.filter(({ parentSpanId }) => parentSpanId === server.spanId)];
}

describe('a service with a collector', () => {
  beforeAll(async () => {
    receiver = await otlpReceiver();
    await start({ OTEL_SERVICE_NAME: 'things' });
  });

  afterAll(async () => {
    await stop();
    await receiver.close();
  });

  it('traces a request with route, status, client and the work that was done for it', async () => {
    const [server, ...steps] = await spansOf(await get(THINGS));
    expect(server).toMatchObject({
      name: `GET ${THINGS}`,
      kind: 'SPAN_KIND_SERVER',
      parentSpanId: '',
      isError: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': THINGS,
        'http.response.status_code': 200,
        'app.client_id': CLIENT_ID,
      },
      resource: { 'service.name': 'things', 'service.version': expect.stringMatching(/^\d/) },
    });
    expect(steps.map(({ name, kind }) => [name, kind])).toEqual([
      ['verify token', 'SPAN_KIND_INTERNAL'],
      ['wait for connection', 'SPAN_KIND_INTERNAL'],
      ['SELECT', 'SPAN_KIND_CLIENT'],
    ]);
    expect(steps.at(-1)?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.operation.name': 'SELECT',
      'db.query.text': expect.stringMatching(/^SELECT .*\$1/s),
    });
    for (const { traceId, startMs, endMs } of steps) {
      expect(traceId).toBe(server.traceId);
      expect(startMs).toBeGreaterThanOrEqual(server.startMs);
      expect(endMs).toBeLessThanOrEqual(server.endMs);
    }
    expect(Math.abs(server.endMs - Date.now())).toBeLessThan(20_000);
  });

  it('has a request that names its trace in the log and in the trace by one id', async () => {
    const answer = await get(THINGS, { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` });
    const [server] = await spansOf(answer);
    expect(server).toMatchObject({ traceId: TRACE_ID, parentSpanId: SPAN_ID });
    expect(service.log.find(({ traceId }) => traceId === TRACE_ID)).toMatchObject({
      requestId: answer.headers.get('X-Request-Id'),
    });
  });

  it.each([
    ['Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=0', '53995c3f42cd8ad8'],
    ['Self=1-1-1;Root=1-67891233-abcdef012345678912345679', '2345678912345679'],
  ])('continues the trace of a load balancer: %s', async (header, parentSpanId) => {
    const [server] = await spansOf(await get(THINGS, { 'X-Amzn-Trace-Id': header }));
    expect(server).toMatchObject({
      traceId: expect.stringMatching(/^67891233abcdef01234567891234567[89]$/),
      parentSpanId,
    });
  });

  it('prefers traceparent, and drops tracestate and baggage', async () => {
    const [server] = await spansOf(
      await get(THINGS, {
        traceparent: `00-${TRACE_ID.replace('4', '5')}-${SPAN_ID}-00`,
        'X-Amzn-Trace-Id': 'Root=1-67891234-abcdef012345678912345678',
        tracestate: 'secret=state',
        baggage: 'secret=baggage',
      }),
    );
    expect(server.traceId).toBe(TRACE_ID.replace('4', '5'));
    expect(JSON.stringify(receiver.spans)).not.toMatch(/secret/);
  });

  it.each([
    ['401', THINGS, { Authorization: 'Bearer abc' }, { 'app.reason': 'malformed_token' }],
    ['404', '/api/v1/nothing?secret', {}, { 'app.reason': 'not_found', 'url.path': '/api/v1/nothing' }],
  ])(
    'has the reason of a refusal, which is no error of the service: %s',
    async (status, path, headers, own) => {
      const [server] = await spansOf(await get(path, headers));
      expect(server).toMatchObject({
        isError: false,
        attributes: { 'http.response.status_code': Number(status), ...own },
      });
      expect(JSON.stringify(server)).not.toContain('secret');
    },
  );

  it('shows what a request waited for where the key of its token has to be fetched', async () => {
    const token = pool.token({ header: { kid: 'unknown' } });
    const [server, ...steps] = await spansOf(await get(THINGS, { Authorization: `Bearer ${token}` }));
    expect(server.attributes['app.reason']).toBe('unknown_kid');
    expect(steps).toMatchObject([
      { name: 'verify token' },
      { name: 'fetch JWKS', kind: 'SPAN_KIND_CLIENT' },
      { name: 'verify token' },
    ]);
  });

  it('marks a failed statement and its request as errors, without values', async () => {
    await query('ALTER TABLE things RENAME TO secret_things');
    const answer = await get(THINGS);
    await query('ALTER TABLE secret_things RENAME TO things');
    const [server, ...steps] = await spansOf(answer);
    expect(server).toMatchObject({ isError: true, attributes: { 'error.type': 'internal_error' } });
    expect(steps.at(-1)).toMatchObject({
      name: 'SELECT',
      isError: true,
      attributes: { 'error.type': '42P01' },
    });
  });

  it('traces no health check', async () => {
    await get('/livez');
    await spansOf(await get(THINGS));
    expect(receiver.spans.filter(({ attributes }) => attributes['http.route'] === '/livez')).toEqual([]);
  });
});

describe('a service whose collector', () => {
  it.each([
    ['is away', undefined],
    ['never answers', () => undefined],
    [
      'answers nonsense',
      (_req: unknown, res: { end(text: string): unknown }) => void res.end('x'.repeat(1_000_000)),
    ],
  ])('%s answers its requests all the same, and stops within its grace time', async (_, answer) => {
    receiver = await otlpReceiver(answer);
    const endpoint = answer ? receiver.url : 'http://127.0.0.1:1';
    await start({ SHUTDOWN_GRACE_SECONDS: '3', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    for (let count = 0; count < 20; count += 1) expect((await get(THINGS)).status).toBe(200);
    await stop();
    await receiver.close();
  });

  it('refuses what it gets logs that once', async () => {
    receiver = await otlpReceiver((req, res) => req.resume().on('end', () => res.writeHead(400).end()));
    await start();
    await get(THINGS);
    expect(await service.logged('traces not exported')).toMatchObject({ level: 'warn' });
    await stop();
    await receiver.close();
  });
});

it('the last traces are exported when the service stops', async () => {
  receiver = await otlpReceiver();
  await start();
  await get(THINGS);
  await stop();
  expect(receiver.spans.map(({ name }) => name)).toContain(`GET ${THINGS}`);
  await receiver.close();
});

it.each<[string, (url: string) => Promise<void>]>([
  [
    'when the service starts',
    async (url) => {
      await start({ DATABASE_URL: url, MIGRATE_ON_START: 'true' });
      await stop();
    },
  ],
  [
    'when they are run alone',
    async (url) => {
      const variables = { DATABASE_URL: url, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
      const run = new ServiceProcess(variables, ['migrate']);
      expect(await run.ended()).toEqual({ code: 0, signal: null });
    },
  ],
])('each migration is traced %s', async (_, run) => {
  receiver = await otlpReceiver();
  const empty = await testDatabase({ migrated: false });
  await run(empty.url);
  const names = receiver.spans.map(({ name }) => name).filter((name) => name.startsWith('migrate '));
  expect(names.length).toBeGreaterThan(1);
  expect(names).toContainEqual(expect.stringMatching(/^migrate \d+_[a-z-]+$/));
  await empty.drop();
  await receiver.close();
});

it('a caller cannot have its request traced', async () => {
  receiver = await otlpReceiver();
  await start({ OTEL_TRACES_SAMPLER_ARG: '0' });
  await get(THINGS, {
    traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`,
    'X-Amzn-Trace-Id': 'Root=1-67891234-abcdef012345678912345678;Sampled=1',
  });
  await stop();
  expect(receiver.spans).toEqual([]);
  await receiver.close();
});

it('a service without a collector loads nothing of OpenTelemetry', async () => {
  receiver = await otlpReceiver();
  await start();
  await stop();
  expect(service.stderr).toMatch(/OpenTelemetry files: [1-9]/);
  await start({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
  await get(THINGS);
  await stop();
  expect(service.stderr).toContain('OpenTelemetry files: 0\n');
  await receiver.close();
});
