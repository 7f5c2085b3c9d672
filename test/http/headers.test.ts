import request from 'supertest';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';

const THINGS = '/api/v1/things';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi();
  client = apiClient(api);
});

afterAll(() => api.close());

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};
const OF_A_LIMITED_CLIENT = ['ratelimit', 'ratelimit-policy'];
const TRANSPORT = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];

const answers: readonly [string, () => request.Test, readonly string[]][] = [
  ['a page of things', () => client.get(THINGS), ['cache-control', ...OF_A_LIMITED_CLIENT]],
  [
    'a new thing',
    () => client.post({ label: 'Lamp' }),
    ['cache-control', 'etag', 'location', ...OF_A_LIMITED_CLIENT],
  ],
  ['401', () => request(api.app).get(THINGS), ['cache-control', 'www-authenticate']],
  ['404 of the API', () => client.get('/api/nothing'), ['cache-control', ...OF_A_LIMITED_CLIENT]],
  ['404 beside the API', () => request(api.app).get('/nothing'), ['cache-control']],
  [
    '405',
    () => request(api.app).put(THINGS).set('Authorization', `Bearer ${api.pool.token()}`),
    ['allow', 'cache-control', ...OF_A_LIMITED_CLIENT],
  ],
  ['a health check', () => request(api.app).get('/livez'), ['cache-control']],
  ['the metadata', () => request(api.app).get('/.well-known/oauth-protected-resource'), []],
];

it.each(answers)('%s has the security headers, and no unexpected header', async (_, sent, own) => {
  const { headers } = (await sent()) as { headers: Record<string, string> };
  expect(headers).toMatchObject(SECURITY_HEADERS);
  const expected = [...Object.keys(SECURITY_HEADERS), 'content-type', 'x-request-id', ...own];
  expect(
    Object.keys(headers)
      .filter((name) => !TRANSPORT.includes(name))
      .sort(),
  ).toEqual(expected.sort());
});

it.each(answers.filter(([, , own]) => own.includes('cache-control')))('%s is not stored', async (_, sent) => {
  expect((await sent()).headers['cache-control']).toBe('no-store');
});

it.each(['GET', 'OPTIONS'])('allows no other origin on %s', async (method) => {
  const sent = method === 'GET' ? client.get(THINGS) : request(api.app).options(THINGS);
  const { headers } = await sent
    .set('Origin', 'https://evil.example')
    .set('Access-Control-Request-Method', 'GET')
    .set('Access-Control-Request-Headers', 'authorization');
  expect(Object.keys(headers as object).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});
