import request from 'supertest';
import { Metrics } from '../../src/observability/metrics';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { listen, send } from '../support/raw-http';

const USERS = '/api/v1/things';

let api: TestApi;

beforeEach(async () => {
  api = await testApi();
});

afterEach(() => api.close());

/** Lines of the exposition without comments and buckets. */
async function lines(metrics = api.metrics): Promise<string[]> {
  const { text } = await metrics.expose();
  return text.split('\n').filter((line) => line && !line.startsWith('#') && !line.includes('_bucket'));
}

it('counts requests by method, route template and status', async () => {
  const client = apiClient(api);
  await client.get(`${USERS}/01990000-0000-7000-8000-00000000dead`);
  await client.get(`${USERS}/nobody`);
  await client.get(USERS);
  const counted = await lines();
  const route = `${USERS}/:id`;
  expect(counted).toContain(
    `http_request_duration_seconds_count{method="GET",route="${route}",status="404"} 2`,
  );
  expect(counted).toContain(
    `http_request_duration_seconds_count{method="GET",route="${USERS}",status="200"} 1`,
  );
});

it('counts refusals by their reason', async () => {
  await request(api.app).get(USERS);
  await request(api.app).get(USERS);
  await request(api.app).get(USERS).set('Authorization', `Bearer ${api.pool.idToken()}`);
  await request(api.app).get(USERS).set('Authorization', `Bearer ${api.pool.tokenWith()}`);
  await apiClient(api).get(`${USERS}?limit=0`);
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
  const made = ['/made-up-path', '/api/made-up-path', `${USERS}/made-up-path`, `${USERS}?x=made-up-path`];
  for (const path of made) {
    await send(server.port, path);
    await send(server.port, path, { headers: { Authorization: `Bearer ${api.pool.token()}` } });
  }
  for (const method of ['PROPFIND', 'OPTIONS', 'TRACE', 'QUERY']) await send(server.port, USERS, { method });
  await server.close();
  const { text } = await api.metrics.expose();
  expect(text).not.toMatch(/made-up|PROPFIND|TRACE|QUERY|OPTIONS/);
  expect(text).toContain('method="other",route="none",status="401"');
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
