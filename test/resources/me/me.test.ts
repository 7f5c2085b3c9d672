import request, { type Response } from 'supertest';
import { me } from '../../../src/resources/me/resource';
import { testApi, type TestApi } from '../../support/api';
import { registerClient } from '../../support/registered-client';
import { until } from '../../support/until';
import { CLIENT_ID } from '../../support/user-pool';

let api: TestApi;

beforeAll(async () => {
  api = await testApi({ resources: [me] });
});

afterAll(() => api.close());

async function read(claims: Readonly<Record<string, unknown>>): Promise<Response> {
  const token = api.pool.token({ claims });
  return request(api.app).get('/api/v1/me').set('Authorization', `Bearer ${token}`);
}

it('says of a client that is only listed what its token holds, and the default limits', async () => {
  const { status, headers, body } = await read({ exp: 4_102_444_800, scope: 'a/x.read b/y' });
  expect(status).toBe(200);
  expect(body).toEqual({
    clientId: CLIENT_ID,
    name: null,
    scopes: ['a/x.read', 'b/y'],
    tokenExpiresAt: '2100-01-01T00:00:00.000Z',
    limits: { requestsPerSecond: 1_000_000, burst: 2_000_000, requestsPerDay: 0 },
    usage: { today: { requests: 1, refused: 0, limited: 0 } },
  });
  expect(headers['cache-control']).toBe('no-store');
});

it('says of a registered client its name and the limits in effect', async () => {
  const version = await registerClient(api.database, { id: '3acme', name: 'acme', requestsPerSecond: 7 });
  await until('the client to be read', () => api.registry.status().version === version);
  const { body } = await read({ client_id: '3acme', sub: 'a-user', scope: undefined });
  expect(body).toMatchObject({
    clientId: '3acme',
    name: 'acme',
    scopes: [],
    limits: { requestsPerSecond: 7, burst: 14, requestsPerDay: 0 },
  });
});
