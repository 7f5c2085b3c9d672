import request from 'supertest';
import type { Check } from '../../src/observability/health';
import { testApi, type TestApi } from '../support/api';
import { challengeParameters } from '../support/challenge';
import { listen, RawConnection } from '../support/raw-http';
import { things } from '../support/things/resource';
import { IDENTIFIER } from '../support/user-pool';

const ok: Check = { status: 'ok' };
const degraded: Check = { status: 'degraded', reason: 'lost' };
const failed: Check = { status: 'failed', reason: 'unreached' };

let api: TestApi;
let checks: { keys: Check; database: Check };

beforeAll(async () => {
  api = await testApi({ checks: { keys: () => checks.keys, database: () => checks.database } });
});

beforeEach(() => {
  checks = { keys: ok, database: ok };
});

afterAll(() => api.close());

describe('/livez', () => {
  it('is 200 whatever the checks say', async () => {
    checks = { keys: failed, database: failed };
    const { status, headers, body } = await request(api.app).get('/livez');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body).toEqual({ status: 'ok', checks: {} });
  });
});

describe('/readyz', () => {
  it.each([
    ['ok', 200, ok, ok],
    ['degraded', 200, degraded, ok],
    ['degraded', 200, ok, degraded],
    ['failed', 503, ok, failed],
    ['failed', 503, failed, degraded],
    ['failed', 503, degraded, failed],
  ])('is %s, %d, and names every check', async (status, code, keys, database) => {
    checks = { keys, database };
    const answer = await request(api.app).get('/readyz');
    expect(answer.status).toBe(code);
    expect(answer.body).toEqual({ status, checks: { keys, database } });
  });
});

describe.each(['/livez', '/readyz'])('%s', (path) => {
  it.each(['10.0.0.1:3000', 'evil.example', 'things.example.com'])(
    'answers under the Host %s',
    async (host) => {
      expect(await request(api.app).get(path).set('Host', host)).toMatchObject({ status: 200 });
    },
  );

  it('answers HEAD without a body', async () => {
    const { status, text } = await request(api.app).head(path);
    expect(status).toBe(200);
    expect(text).toBeFalsy();
  });

  it('takes no notice of a query', async () => {
    expect(await request(api.app).get(`${path}?x=1`)).toMatchObject({ status: 200 });
  });

  it('takes no notice of credentials', async () => {
    const sent = request(api.app).get(path).set('Authorization', 'Bearer not a token');
    expect(await sent).toMatchObject({ status: 200 });
  });

  it('answers a client of HTTP/1.0 that names no host', async () => {
    const server = await listen(api.app);
    const connection = new RawConnection(server.port);
    connection.write(`GET ${path} HTTP/1.0\r\n\r\n`);
    await connection.closed();
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 /);
    await server.close();
  });
});

it.each(['/livez', '/readyz', '/.well-known/oauth-protected-resource'])(
  'answers 405 with Allow to other methods on %s',
  async (path) => {
    const { status, headers, body } = await request(api.app).post(path);
    expect(status).toBe(405);
    expect(headers['allow']).toBe('GET, HEAD');
    expect(body.code).toBe('method_not_allowed');
  },
);

describe('the metadata of the protected resource', () => {
  it('says what RFC 9728 asks for', async () => {
    const { status, headers, body } = await request(api.app).get('/.well-known/oauth-protected-resource');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body).toEqual({
      resource: 'https://things.example.com',
      authorization_servers: [api.pool.issuer],
      scopes_supported: Object.keys(things.scopes).map((name) => `${IDENTIFIER}/${name}`),
      bearer_methods_supported: ['header'],
      resource_documentation: 'https://things.example.com/docs',
    });
  });

  it('lies where the challenge says', async () => {
    const { headers } = await request(api.app).get('/api/v1/things');
    const url = new URL(challengeParameters(headers['www-authenticate'])['resource_metadata']!);
    expect(url.origin).toBe('https://things.example.com');
    const { body } = await request(api.app).get(url.pathname);
    expect(body.resource).toBe(url.origin);
  });

  it('depends on no header of the request', async () => {
    const { body } = await request(api.app)
      .get('/.well-known/oauth-protected-resource')
      .set('Host', 'evil.example')
      .set('X-Forwarded-Host', 'evil.example')
      .set('X-Forwarded-Proto', 'http');
    expect(JSON.stringify(body)).not.toContain('evil');
    expect(body.resource).toBe('https://things.example.com');
  });
});
