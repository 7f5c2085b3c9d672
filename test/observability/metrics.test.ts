import request from 'supertest';
import type { AccessLogEntry } from '../../src/observability/access-log';
import { Histogram } from '../../src/observability/histogram';
import { Metrics } from '../../src/observability/metrics';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { listen, send } from '../support/raw-http';
import { registerClient } from '../support/registered-client';
import { emptyTables, testDatabase, type TestDatabase } from '../support/test-database';
import { things } from '../support/things/resource';
import type { ThingStore } from '../support/things/store';
import { until } from '../support/until';
import { CLIENT_ID } from '../support/user-pool';

const THINGS = '/api/v1/things';

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await testDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  api = await testApi({ sharedDatabase: database });
});

afterEach(async () => {
  await emptyTables(api.database);
  await api.close();
});

/** Lines of the exposition without comments and buckets. */
async function lines(metrics = api.metrics): Promise<string[]> {
  const { text } = await metrics.expose();
  return text.split('\n').filter((line) => line && !line.startsWith('#') && !line.includes('_bucket'));
}

it('counts requests by method, route template and status', async () => {
  const client = apiClient(api);
  await client.get(`${THINGS}/01990000-0000-7000-8000-00000000dead`);
  await client.get(`${THINGS}/no-uuid`);
  await client.get(THINGS);
  const counted = await lines();
  const route = `${THINGS}/:id`;
  expect(counted).toContain(
    `http_request_duration_seconds_count{method="GET",route="${route}",status="404"} 2`,
  );
  expect(counted).toContain(
    `http_request_duration_seconds_count{method="GET",route="${THINGS}",status="200"} 1`,
  );
});

it('counts refusals by their reason', async () => {
  await request(api.app).get(THINGS);
  await request(api.app).get(THINGS);
  await request(api.app).get(THINGS).set('Authorization', `Bearer ${api.pool.idToken()}`);
  await request(api.app).get(THINGS).set('Authorization', `Bearer ${api.pool.tokenWith()}`);
  await apiClient(api).get(`${THINGS}?limit=0`);
  const counted = (await lines()).filter((line) => line.startsWith('http_refusals_total'));
  expect(counted.sort()).toEqual([
    'http_refusals_total{reason="insufficient_scope"} 1',
    'http_refusals_total{reason="invalid_query"} 1',
    'http_refusals_total{reason="missing_token"} 2',
    'http_refusals_total{reason="not_an_access_token"} 1',
  ]);
});

it('has no label that a caller can make up', async () => {
  const server = await listen(api.app);
  const made = ['/made-up-path', '/api/made-up-path', `${THINGS}/made-up-path`, `${THINGS}?x=made-up-path`];
  for (const path of made) {
    await send(server.port, path);
    await send(server.port, path, { headers: { Authorization: `Bearer ${api.pool.token()}` } });
  }
  for (const method of ['PROPFIND', 'OPTIONS', 'TRACE', 'QUERY']) await send(server.port, THINGS, { method });
  await server.close();
  const { text } = await api.metrics.expose();
  expect(text).not.toMatch(/made-up|PROPFIND|TRACE|QUERY|OPTIONS/);
  expect(text).toContain('method="other",route="none",status="401"');
});

it('counts the requests of each client that may call, by its id and name', async () => {
  const version = await registerClient(api.database, { id: '1acme', name: 'acme "quoted"' });
  await until('the registry to be read', () => api.registry.status().version === version);
  const send = (claims: Readonly<Record<string, unknown>>) =>
    request(api.app)
      .get(THINGS)
      .set('Authorization', `Bearer ${api.pool.token({ claims })}`);
  await send({ client_id: '1acme' });
  await send({ client_id: '1acme', scope: '' });
  await send({});
  await send({ client_id: 'made-up' });
  const counted = (await lines()).filter((line) => line.startsWith('http_requests_by_client_total'));
  const acme = 'client_id="1acme",client="acme \\"quoted\\""';
  expect(counted.sort()).toEqual([
    `http_requests_by_client_total{${acme},status="200"} 1`,
    `http_requests_by_client_total{${acme},status="403"} 1`,
    `http_requests_by_client_total{client_id="${CLIENT_ID}",client="${CLIENT_ID}",status="200"} 1`,
  ]);
});

it('counts clients beyond the first 1,000 together', async () => {
  const metrics = new Metrics('0.0.0', []);
  const entry = {
    method: 'GET',
    status: 200,
    durationMs: 1,
    bytesIn: 1,
    bytesOut: 1,
    clientName: 'n',
  } as AccessLogEntry;
  for (let index = 0; index < 1_002; index += 1) metrics.end({ ...entry, clientId: `id-${index}` }, true);
  const counted = (await lines(metrics)).filter((line) => line.startsWith('http_requests_by_client_total'));
  expect(counted).toHaveLength(1_001);
  expect(counted.at(-1)).toBe(
    'http_requests_by_client_total{client_id="other",client="other",status="200"} 2',
  );
});

it('counts a request as in flight until its answer has been handed over', async () => {
  let asked: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (asked = resolve));
  let answer: (things: []) => void = () => undefined;
  const store: Pick<ThingStore, 'list'> = {
    list: () => {
      asked();
      return new Promise<[]>((resolve) => (answer = resolve));
    },
  };
  const slow = await testApi({ resources: [{ ...things, store: () => store }] });
  const sent = apiClient(slow).get(THINGS).then();
  await arrived;
  expect(await lines(slow.metrics)).toContain('http_requests_in_flight 1');
  answer([]);
  await sent;
  expect(await lines(slow.metrics)).toContain('http_requests_in_flight 0');
  await slow.close();
});

it('counts the bytes of requests and answers', async () => {
  await request(api.app).get('/livez');
  const [line] = api.log.filter(({ route }) => route === '/livez');
  const counted = await lines();
  expect(counted).toContain(`http_request_bytes_total ${line?.['bytesIn'] as number}`);
  expect(counted).toContain(`http_response_bytes_total ${line?.['bytesOut'] as number}`);
});

it('counts how long requests wait for a connection, and how long their statements take', async () => {
  await apiClient(api).get(THINGS);
  const counted = await lines();
  for (const name of ['database_wait_seconds', 'database_statement_seconds']) {
    expect(counted).toContain(`${name}_count 1`);
    expect(counted.find((line) => line.startsWith(`${name}_sum`))).toMatch(/ 0\.\d+$/);
  }
  const { text } = await api.metrics.expose();
  expect(text).toMatch(/^database_wait_seconds_bucket\{le="\+Inf"\} 1$/m);
});

it('puts a duration into the first bucket whose bound it does not pass', () => {
  const histogram = new Histogram([1, 2]);
  for (const seconds of [0.5, 1, 1.5, 2, 3]) histogram.observe(seconds);
  expect(histogram.samples('x', 'a="b"').split('\n')).toEqual([
    'x_bucket{le="1",a="b"} 2',
    'x_bucket{le="2",a="b"} 4',
    'x_bucket{le="+Inf",a="b"} 5',
    'x_sum{a="b"} 8',
    'x_count{a="b"} 5',
    '',
  ]);
});

it.each(['gauge', 'counter'] as const)(
  'reads what other parts keep when it is asked, and takes for none what they do not know: %s',
  async (type) => {
    let keys: number | undefined;
    const metrics = new Metrics('0.0.0', [{ type, name: 'keys', help: 'Keys', read: () => keys }]);
    expect(await lines(metrics)).toContain('keys 0');
    keys = 2;
    expect(await lines(metrics)).toContain('keys 2');
    expect(await lines(metrics)).toContain('keys 2');
    keys = 3;
    expect(await lines(metrics)).toContain('keys 3');
  },
);

it('names the content type that Prometheus reads', async () => {
  expect((await api.metrics.expose()).contentType).toMatch(/^text\/plain; version=0\.0\.4/);
});
