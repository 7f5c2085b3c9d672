import { createServer, type Server } from 'node:http';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { pino } from 'pino';
import request from 'supertest';
import { createCognito } from '../../../emulator/app';
import { publishedKeys } from '../../../emulator/store/signing-key';
import { type Cognito, openSeeded, startCognito } from '../support/seeded-emulator';

let cognito: Cognito;
beforeAll(async () => {
  cognito = await startCognito();
});
afterEach(() => cognito.send('/_control/faults', { method: 'DELETE' }));
afterAll(() => cognito.stop());

const kids = () => publishedKeys(cognito.pool()).map(({ kid }) => kid);

function requestToken() {
  const { clientId, secrets } = cognito.pool().clients[0]!;
  return cognito.send('/oauth2/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secrets[0]!.value,
    }),
  });
}

/** A function that says whether the published keys verify a token of now. */
async function newToken() {
  const { body } = await requestToken();
  return () => {
    const { id, clients } = cognito.pool();
    const clientId = clients[0]!.clientId;
    const verifier = CognitoJwtVerifier.create({ userPoolId: id, tokenUse: 'access', clientId });
    verifier.cacheJwks({ keys: publishedKeys(cognito.pool()).map((key) => ({ ...key })) });
    return verifier.verifySync(body.access_token);
  };
}

describe('rotating keys', () => {
  it('overlaps two access-token keys, and leaves the ID-token key', async () => {
    const [id, first] = kids();
    expect((await cognito.control('/rotate-keys')).body).toEqual({ kids: kids() });
    const [, second] = kids();
    expect(kids()).toEqual([id, second, first]);
    await cognito.control('/rotate-keys');
    expect(kids().slice(2)).toEqual([second]);
    expect(new Set([id, first, second, ...kids()]).size).toBe(4);
  });

  it('keeps tokens of the previous key valid, until the next rotation', async () => {
    const verify = await newToken();
    await cognito.control('/rotate-keys');
    expect(verify()).toMatchObject({ token_use: 'access' });
    await cognito.control('/rotate-keys');
    expect(verify).toThrow(/kid/);
  });

  it('is done for the pool that is named', async () => {
    const userPoolId = cognito.addPool();
    const before = kids();
    const { body } = await cognito.control('/rotate-keys', { userPoolId });
    expect(publishedKeys(cognito.pools.find(userPoolId)!).map(({ kid }) => kid)).toEqual(body.kids);
    expect(kids()).toEqual(before);
  });

  it('needs no body', async () => {
    const answer = await request(cognito.url).post('/_control/rotate-keys').type('application/json');
    expect(answer.status).toBe(200);
  });
});

describe('withdrawing keys', () => {
  it('takes the previous key away at once', async () => {
    const verify = await newToken();
    await cognito.control('/rotate-keys');
    const { body } = await cognito.control('/withdraw-keys');
    expect(body.kids).toHaveLength(2);
    expect(verify).toThrow(/kid/);
    expect((await newToken())()).toMatchObject({ token_use: 'access' });
  });

  it('takes the present key away at once, and signs with a new one', async () => {
    const verify = await newToken();
    await cognito.control('/withdraw-keys', { key: 'current' });
    expect(verify).toThrow(/kid/);
    expect((await newToken())()).toMatchObject({ token_use: 'access' });
  });
});

describe('a planted fault', () => {
  it('is met by requests whose path begins so, as often as it is told', async () => {
    await cognito.control('/faults', { path: '/oauth2/token', status: 503, times: 2 });
    const statuses = [];
    for (let times = 0; times < 3; times++) statuses.push((await requestToken()).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  it('is met until it is taken back', async () => {
    await cognito.control('/faults', { path: `/${cognito.pool().id}`, status: 500 });
    const keys = () => fetch(`${cognito.url}/${cognito.pool().id}/.well-known/jwks.json`);
    expect([(await keys()).status, (await keys()).status]).toEqual([500, 500]);
    expect((await requestToken()).status).toBe(200);
    await cognito.send('/_control/faults', { method: 'DELETE' });
    expect((await keys()).status).toBe(200);
  });

  it.each([
    [500, 'InternalErrorException'],
    [429, 'TooManyRequestsException'],
  ])('with status %s is met by an operation in the form of the API', async (status, type) => {
    await cognito.control('/faults', { operation: 'ListUserPools', status });
    const met = await cognito.cognito('ListUserPools', { MaxResults: 1 });
    expect([met.status, met.body.__type]).toEqual([status, type]);
    const other = await cognito.cognito('DescribeUserPool', { UserPoolId: cognito.pool().id });
    expect(other.status).toBe(200);
  });

  it('that only delays lets the right answer come, later', async () => {
    await cognito.control('/faults', { path: '/oauth2/token', delayMilliseconds: 200 });
    const begin = performance.now();
    expect((await requestToken()).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThan(190);
  });

  it.each([
    ['no path and no operation', { status: 500 }],
    ['both', { path: '/', operation: 'ListUserPools', status: 500 }],
    ['nothing to do', { path: '/' }],
    ['a path that is relative', { path: 'oauth2', status: 500 }],
    ['a status of success', { path: '/', status: 200 }],
    ['no time', { path: '/', status: 500, times: 0 }],
    ['another member', { path: '/', status: 500, always: true }],
  ])('with %s is refused, and says why', async (_what, body) => {
    const answer = await cognito.control('/faults', body);
    expect([answer.status, answer.body]).toEqual([
      400,
      { error: expect.stringMatching(/expected|Unrecognized|Too small|Invalid/) },
    ]);
    expect((await cognito.send('/_control', {})).body.faults).toEqual([]);
  });
});

describe('a wrong clock', () => {
  afterEach(() => cognito.control('/clock', { skewSeconds: 0 }));

  it('is the one that tokens are issued by', async () => {
    await cognito.control('/clock', { skewSeconds: -7200 });
    const now = Date.now() / 1000;
    const [, payload] = ((await requestToken()).body.access_token as string).split('.');
    const { iat, exp } = JSON.parse(Buffer.from(payload!, 'base64url').toString());
    expect(iat - now).toBeCloseTo(-7200, -1);
    expect(exp - iat).toBe(3600);
  });
});

it('what is planted is listed', async () => {
  await cognito.control('/clock', { skewSeconds: 60 });
  const fault = { operation: 'GetClientToken', status: 500, times: 3 };
  await cognito.control('/faults', fault);
  const { body } = await cognito.send('/_control', {});
  expect(body).toEqual({ faults: [fault], skewSeconds: 60 });
  await cognito.control('/clock', { skewSeconds: 0 });
});

describe('a control request is refused', () => {
  const post = (headers: Record<string, string>, body = '{}') =>
    cognito.send('/_control/rotate-keys', { method: 'POST', headers, body });

  it.each([
    ['to a web page', { 'Content-Type': 'application/json', Origin: 'http://localhost:4000' }],
    ['to a form', { 'Content-Type': 'text/plain' }],
  ])('%s', async (_who, headers) => {
    const before = kids();
    expect((await post(headers)).status).toBe(403);
    expect(kids()).toEqual(before);
  });

  it.each([
    ['no JSON', '{'],
    ['a pool that is not there', '{"userPoolId":"eu-central-1_Nothing01"}'],
    ['another member', '{"pool":"x"}'],
  ])('with %s', async (_what, body) => {
    const answer = await post({ 'Content-Type': 'application/json' }, body);
    expect([answer.status, answer.body]).toEqual([400, { error: expect.any(String) }]);
  });

  describe('or answered, over the network', () => {
    let server: Server;
    afterEach(() => server.close());

    it.each([
      ['::ffff:127.0.0.1', 'IPv6', 200],
      ['::1', 'IPv6', 200],
      ['192.0.2.1', 'IPv4', 403],
      ['::ffff:192.0.2.1', 'IPv6', 403],
    ])('from %s', async (remoteAddress, remoteFamily, status) => {
      const app = createCognito(openSeeded().pools, pino({ level: 'silent' }));
      server = createServer(app).on('connection', (socket) =>
        Object.defineProperties(socket, {
          remoteAddress: { value: remoteAddress },
          remoteFamily: { value: remoteFamily },
        }),
      );
      const answer = await request(server).post('/_control/rotate-keys').type('application/json');
      expect(answer.status).toBe(status);
    });
  });
});
