import { createServer, type Server } from 'node:http';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { pino } from 'pino';
import request from 'supertest';
import { createEmulator } from '../../../emulator/app';
import { jwksOf } from '../../../emulator/tokens/jwks';
import { until } from '../../support/until';
import { type Emulator, openSeeded, startEmulator } from '../support/seeded-emulator';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.send('/_control/faults', { method: 'DELETE' }));
afterAll(() => emulator.stop());

const kids = () => jwksOf(emulator.pool()).keys.map(({ kid }) => kid);

const listFaults = async () => (await emulator.send('/_control', {})).body.faults as unknown[];

function requestToken() {
  const { clientId, secrets } = emulator.pool().clients[0]!;
  return emulator.send('/oauth2/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secrets[0]!.value,
    }),
  });
}

/** A function that verifies a new token with the keys that are published when it is called. */
async function newToken() {
  const { body } = await requestToken();
  return () => {
    const { id, clients } = emulator.pool();
    const clientId = clients[0]!.clientId;
    const verifier = CognitoJwtVerifier.create({ userPoolId: id, tokenUse: 'access', clientId });
    verifier.cacheJwks({ keys: jwksOf(emulator.pool()).keys.map((key) => ({ ...key })) });
    return verifier.verifySync(body.access_token);
  };
}

describe('rotating keys', () => {
  it('publishes the two newest access-token keys, and keeps the ID-token key', async () => {
    const [id, first] = kids();
    expect((await emulator.control('/rotate-keys')).body).toEqual({ kids: kids() });
    const [, second] = kids();
    expect(kids()).toEqual([id, second, first]);
    await emulator.control('/rotate-keys');
    expect(kids().slice(2)).toEqual([second]);
    expect(new Set([id, first, second, ...kids()]).size).toBe(4);
  });

  it('keeps tokens of the previous key valid until the next rotation', async () => {
    const verify = await newToken();
    await emulator.control('/rotate-keys');
    expect(verify()).toMatchObject({ token_use: 'access' });
    await emulator.control('/rotate-keys');
    expect(verify).toThrow(/kid/);
  });

  it('applies to the given pool only', async () => {
    const userPoolId = emulator.addPool();
    const before = kids();
    const { body } = await emulator.control('/rotate-keys', { userPoolId });
    expect(jwksOf(emulator.store.findUserPool(userPoolId)!).keys.map(({ kid }) => kid)).toEqual(body.kids);
    expect(kids()).toEqual(before);
  });

  it('requires no body', async () => {
    const response = await request(emulator.url).post('/_control/rotate-keys').type('application/json');
    expect(response.status).toBe(200);
  });
});

describe('withdrawing keys', () => {
  it('removes the previous key at once', async () => {
    const verify = await newToken();
    await emulator.control('/rotate-keys');
    const { body } = await emulator.control('/withdraw-keys');
    expect(body.kids).toHaveLength(2);
    expect(verify).toThrow(/kid/);
    expect((await newToken())()).toMatchObject({ token_use: 'access' });
  });

  it('removes the current key at once, and signs with a new one', async () => {
    const verify = await newToken();
    await emulator.control('/withdraw-keys', { key: 'current' });
    expect(verify).toThrow(/kid/);
    expect((await newToken())()).toMatchObject({ token_use: 'access' });
  });
});

describe('an injected fault', () => {
  it('applies to the given number of requests whose path begins with its own', async () => {
    await emulator.control('/faults', { path: '/oauth2/token', status: 503, times: 2 });
    const statuses = [];
    for (let times = 0; times < 3; times++) statuses.push((await requestToken()).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  it('applies until it is cleared', async () => {
    await emulator.control('/faults', { path: `/${emulator.pool().id}`, status: 500 });
    const keys = () => fetch(`${emulator.url}/${emulator.pool().id}/.well-known/jwks.json`);
    expect([(await keys()).status, (await keys()).status]).toEqual([500, 500]);
    expect((await requestToken()).status).toBe(200);
    await emulator.send('/_control/faults', { method: 'DELETE' });
    expect((await keys()).status).toBe(200);
  });

  it.each([
    [500, 'InternalErrorException'],
    [429, 'TooManyRequestsException'],
  ])('with status %s is answered in the form of the API for an operation', async (status, type) => {
    await emulator.control('/faults', { operation: 'ListUserPools', status });
    const failed = await emulator.cognitoIdp('ListUserPools', { MaxResults: 1 });
    expect([failed.status, failed.body.__type]).toEqual([status, type]);
    const other = await emulator.cognitoIdp('DescribeUserPool', { UserPoolId: emulator.pool().id });
    expect(other.status).toBe(200);
  });

  it('with a delay alone delays the correct response', async () => {
    await emulator.control('/faults', { path: '/oauth2/token', delayMilliseconds: 500, times: 1 });
    const order: string[] = [];
    const record = async (name: string) => {
      expect((await requestToken()).status).toBe(200);
      order.push(name);
    };
    const delayed = record('delayed');
    await until('the delayed request has arrived', async () => (await listFaults()).length === 0);
    await Promise.all([delayed, record('later')]);
    expect(order).toEqual(['later', 'delayed']);
  });

  it.each([
    ['neither path nor operation', { status: 500 }],
    ['both path and operation', { path: '/', operation: 'ListUserPools', status: 500 }],
    ['no effect', { path: '/' }],
    ['a status and a quota', { path: '/', status: 500, requestsPerSecond: 1 }],
    ['a negative quota', { path: '/', requestsPerSecond: -1 }],
    ['a relative path', { path: 'oauth2', status: 500 }],
    ['a status of success', { path: '/', status: 200 }],
    ['zero times', { path: '/', status: 500, times: 0 }],
    ['an unknown member', { path: '/', status: 500, always: true }],
  ])('with %s is refused with the reason', async (_what, body) => {
    const response = await emulator.control('/faults', body);
    expect([response.status, response.body]).toEqual([
      400,
      { error: expect.stringMatching(/expected|Unrecognized|Too small|Invalid/) },
    ]);
    expect(await listFaults()).toEqual([]);
  });
});

describe('a quota', () => {
  const listParameters = () => emulator.ssm('GetParameter', { Name: '/nothing' });
  const listPools = () => emulator.cognitoIdp('ListUserPools', { MaxResults: 1 });

  it('throttles the requests beyond it in each second', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(1_790_000_000_000);
    await emulator.control('/faults', { path: '/oauth2/token', requestsPerSecond: 2 });
    const statuses = [];
    for (const milliseconds of [0, 1, 999, 1000, 1001, 1002]) {
      clock.mockReturnValue(1_790_000_000_000 + milliseconds);
      statuses.push((await requestToken()).status);
    }
    expect(statuses).toEqual([200, 200, 429, 200, 200, 429]);
  });

  it.each([
    ['Cognito', 'ListUserPools', listPools, 'TooManyRequestsException'],
    ['another service', 'GetParameter', listParameters, 'ThrottlingException'],
  ])('of %s is answered with the error of the service', async (_which, operation, call, type) => {
    await emulator.control('/faults', { operation, requestsPerSecond: 0, times: 1 });
    const throttled = await call();
    expect([throttled.status, throttled.body]).toEqual([400, { __type: type, message: 'Rate exceeded' }]);
    expect(throttled.headers.get('x-amzn-ErrorType')).toBe(type);
    expect(throttled.headers.get('Content-Type')).toBe('application/x-amz-json-1.1');
    expect((await call()).body.message).not.toBe('Rate exceeded');
  });
});

describe('a clock skew', () => {
  afterEach(() => emulator.control('/clock', { skewSeconds: 0 }));

  it('applies to the times in tokens', async () => {
    await emulator.control('/clock', { skewSeconds: -7200 });
    const now = Date.now() / 1000;
    const [, payload] = ((await requestToken()).body.access_token as string).split('.');
    const { iat, exp } = JSON.parse(Buffer.from(payload!, 'base64url').toString());
    expect(iat - now).toBeCloseTo(-7200, -1);
    expect(exp - iat).toBe(3600);
  });
});

describe('a scope catalogue', () => {
  const identifier = 'https://api.example.com';
  const clientsOf = () => emulator.pool().clients.map(({ allowedOAuthScopes }) => allowedOAuthScopes);

  it('replaces the declared scopes and the permissions of the seeded clients', async () => {
    const before = emulator.pool().resourceServers[0]!.scopes;
    await emulator.control('/scopes', {
      scopes: {
        'orders.read': 'Read orders',
        'audits.read': { description: 'Read audits', operator: true },
        'orders.write': { description: 'Change orders', operator: false },
      },
    });
    expect(emulator.pool().resourceServers[0]!.scopes).toEqual([
      { name: 'orders.read', description: 'Read orders' },
      { name: 'audits.read', description: 'Read audits' },
      { name: 'orders.write', description: 'Change orders' },
      ...before,
    ]);
    const orders = [`${identifier}/orders.read`, `${identifier}/orders.write`];
    expect(clientsOf()).toEqual([
      orders,
      ['openid', 'email', 'profile', ...orders],
      [`${identifier}/audits.read`],
    ]);
  });

  it.each([
    ['a slash in a name', { 'orders/read': 'Read orders' }],
    ['an empty description', { 'orders.read': '' }],
    ['a list', ['orders.read']],
    ['a scope without a description', { 'orders.read': { operator: true } }],
  ])('with %s is refused', async (_what, scopes) => {
    const before = clientsOf();
    expect((await emulator.control('/scopes', { scopes })).status).toBe(400);
    expect(clientsOf()).toEqual(before);
  });
});

it('GET lists the faults and the clock skew', async () => {
  await emulator.control('/clock', { skewSeconds: 60 });
  const fault = { operation: 'GetClientToken', status: 500, times: 3 };
  await emulator.control('/faults', fault);
  const { body } = await emulator.send('/_control', {});
  expect(body).toEqual({ faults: [fault], skewSeconds: 60 });
  await emulator.control('/clock', { skewSeconds: 0 });
});

describe('a control request is refused', () => {
  const post = (headers: Record<string, string>, body = '{}') =>
    emulator.send('/_control/rotate-keys', { method: 'POST', headers, body });

  it.each([
    ['from a web page', { 'Content-Type': 'application/json', Origin: 'http://localhost:4000' }],
    ['from a form', { 'Content-Type': 'text/plain' }],
  ])('%s', async (_who, headers) => {
    const before = kids();
    expect((await post(headers)).status).toBe(403);
    expect(kids()).toEqual(before);
  });

  it.each([
    ['a body that is not JSON', '{'],
    ['an unknown pool', '{"userPoolId":"eu-central-1_Nothing01"}'],
    ['an unknown member', '{"pool":"x"}'],
  ])('with %s', async (_what, body) => {
    const response = await post({ 'Content-Type': 'application/json' }, body);
    expect([response.status, response.body]).toEqual([400, { error: expect.any(String) }]);
  });

  describe('depending on the address', () => {
    let server: Server;
    afterEach(() => server.close());

    it.each([
      ['::ffff:127.0.0.1', 'IPv6', 200],
      ['::1', 'IPv6', 200],
      ['192.0.2.1', 'IPv4', 403],
      ['::ffff:192.0.2.1', 'IPv6', 403],
    ])('from %s (%s): status %s', async (remoteAddress, remoteFamily, status) => {
      const app = createEmulator(openSeeded().store, pino({ level: 'silent' }));
      server = createServer(app).on('connection', (socket) =>
        Object.defineProperties(socket, {
          remoteAddress: { value: remoteAddress },
          remoteFamily: { value: remoteFamily },
        }),
      );
      const response = await request(server).post('/_control/rotate-keys').type('application/json');
      expect(response.status).toBe(status);
    });
  });
});
