import type { ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import request, { type Response } from 'supertest';
import type { Caller } from '../../src/auth/caller';
import { Admission } from '../../src/clients/admission';
import type { ClientRegistry } from '../../src/clients/client-registry';
import { DayUsage } from '../../src/clients/day-usage';
import { UsageCounter } from '../../src/clients/usage-counter';
import { me } from '../../src/resources/me/resource';
import { testApi, type TestApi } from '../support/api';
import { registerClient, type RegisteredClient } from '../support/registered-client';
import { things } from '../support/things/resource';
import { until } from '../support/until';
import { CLIENT_ID } from '../support/user-pool';

jest.setTimeout(30_000);

const ME = '/api/v1/me';
const THINGS = '/api/v1/things';
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const realNow = performance.now.bind(performance);

let api: TestApi;
let skippedMs: number;
let lastId = 0;

beforeAll(async () => {
  api = await testApi({ resources: [me, things] });
});

beforeEach(() => {
  skippedMs = 0;
});

afterEach(() => {
  performance.now = realNow;
});

afterAll(() => api.close());

/** Stops the monotonic clock of this process, but for what is skipped. Only while nothing else needs it. */
function stopClock(): void {
  const now = performance.now();
  // A mock would remember its calls, and the memory that they take.
  performance.now = () => now + skippedMs;
}

/** Registers a client that no other test has, and gives its id once the registry acts on it. */
async function register(
  own: Omit<RegisteredClient, 'id'> = {},
  id = `9client${(lastId += 1)}`,
): Promise<string> {
  const version = await registerClient(api.database, { id, ...own });
  await until('the client to be read', () => api.registry.status().version === version);
  return id;
}

function call(clientId: string, path = ME, claims: object = {}): request.Test {
  const token = api.pool.token({ claims: { client_id: clientId, sub: clientId, ...claims } });
  return request(api.app).get(path).set('Authorization', `Bearer ${token}`);
}

async function callTimes(times: number, clientId: string): Promise<Response[]> {
  const answers: Response[] = [];
  for (let time = 0; time < times; time += 1) answers.push(await call(clientId));
  return answers;
}

const statuses = (answers: readonly Response[]) => answers.map(({ status }) => status);
const usageOf = ({ body }: Response) => (body as { usage: { today: object } }).usage.today;

describe('a client within its limits', () => {
  it('sees them, and what is left of them, in every answer', async () => {
    const id = await register({ requestsPerSecond: 2, burst: 4, requestsPerDay: 1_000 });
    stopClock();
    const answers = [await call(id), await call(id, THINGS, { scope: '' }), await call(id, '/api/nothing')];
    expect(statuses(answers)).toEqual([200, 403, 404]);
    for (const { headers } of answers)
      expect(headers['ratelimit-policy']).toBe('"second";q=4;w=2, "day";q=1000;w=86400');
    expect(answers.map(({ headers }) => headers['ratelimit'])).toEqual([
      expect.stringMatching(/^"second";r=3;t=1, "day";r=999;t=\d+$/),
      expect.stringMatching(/^"second";r=2;t=1, "day";r=998;t=\d+$/),
      expect.stringMatching(/^"second";r=1;t=1, "day";r=997;t=\d+$/),
    ]);
  });

  it('without limits sees none', async () => {
    const id = await register({ requestsPerSecond: 0 });
    const { status, headers } = await call(id);
    expect(status).toBe(200);
    expect(headers['ratelimit']).toBeUndefined();
    expect(headers['ratelimit-policy']).toBeUndefined();
  });
});

describe('a client beyond its limits', () => {
  it('is answered 429 with the policy that it violates, and when to come back', async () => {
    const id = await register({ requestsPerSecond: 2, burst: 4 });
    stopClock();
    const answers = await callTimes(6, id);
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 429, 429]);
    const { headers, body } = answers[5]!;
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'ratelimit-policy': '"second";q=4;w=2',
      ratelimit: '"second";r=0;t=1',
      'retry-after': '1',
    });
    expect(headers['www-authenticate']).toBeUndefined();
    expect(body).toEqual({
      type: QUOTA_EXCEEDED,
      title: 'Rate limit exceeded',
      status: 429,
      detail: expect.any(String),
      code: 'rate_limit_exceeded',
      requestId: headers['x-request-id'],
      'violated-policies': ['second'],
    });
  });

  it('is served again after Retry-After', async () => {
    const id = await register({ requestsPerSecond: 1, burst: 1 });
    stopClock();
    for (let round = 0; round < 3; round += 1) {
      expect((await call(id)).status).toBe(200);
      const refused = await call(id);
      expect(refused.status).toBe(429);
      skippedMs += Number(refused.headers['retry-after']) * 1000;
    }
  });

  it('learns it before anything else of the API', async () => {
    const id = await register({ requestsPerSecond: 1, burst: 1 });
    stopClock();
    await call(id);
    expect(statuses([await call(id, '/api/nothing'), await call(id, THINGS)])).toEqual([429, 429]);
  });

  it('does not slow down others', async () => {
    const [greedy, modest] = [
      await register({ requestsPerSecond: 1 }),
      await register({ requestsPerSecond: 1 }),
    ];
    stopClock();
    await callTimes(5, greedy);
    expect((await call(modest)).status).toBe(200);
  });

  it('of the day is refused until midnight, and not all come back at once', async () => {
    const id = await register({ requestsPerSecond: 0, requestsPerDay: 2 });
    const answers = await callTimes(3, id);
    expect(statuses(answers)).toEqual([200, 200, 429]);
    const { headers, body } = answers[2]!;
    expect(headers['ratelimit-policy']).toBe('"day";q=2;w=86400');
    const t = Number(/^"day";r=0;t=(\d+)$/.exec(headers['ratelimit']!)![1]);
    const toMidnight = 86_400 - ((Date.now() / 1000) % 86_400);
    expect(Math.abs(t - toMidnight)).toBeLessThan(30);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(t);
    expect(Number(headers['retry-after'])).toBeLessThan(t + 60);
    expect(body['violated-policies']).toEqual(['day']);
  });
});

describe('a change of the limits', () => {
  it('is in force with the next version of the registry', async () => {
    const id = await register({ requestsPerSecond: 0 });
    expect((await call(id)).headers['ratelimit-policy']).toBeUndefined();
    await register({ requestsPerSecond: 1, burst: 3 }, id);
    expect((await call(id)).headers['ratelimit-policy']).toBe('"second";q=3;w=3');
  });
});

describe('usage', () => {
  it('counts every request of an admitted client, and which were limited and forbidden', async () => {
    const id = await register({ requestsPerSecond: 1, burst: 3 });
    stopClock();
    await call(id, THINGS, { scope: '' });
    await call(id, '/api/nothing');
    await call(id);
    await callTimes(2, id);
    skippedMs += 1_000;
    expect(usageOf(await call(id))).toEqual({ requests: 6, refused: 1, limited: 2 });
  });

  it('counts as refused what a client sends while it is disabled, or with a revoked token', async () => {
    const id = await register({ enabled: false });
    expect((await call(id)).status).toBe(401);
    await register({ tokensValidFrom: 4_000_000_000 }, id);
    expect((await call(id)).status).toBe(401);
    await register({}, id);
    expect(usageOf(await call(id))).toEqual({ requests: 3, refused: 2, limited: 0 });
  });

  it('leaves out requests whose token is refused', async () => {
    const id = await register();
    expect((await call(id, ME, { exp: 1 })).status).toBe(401);
    expect((await request(api.app).get(ME).set('Authorization', 'Bearer x.y.z')).status).toBe(401);
    expect(usageOf(await call(id))).toEqual({ requests: 1, refused: 0, limited: 0 });
  });

  it('is not kept for clients that are not known', async () => {
    const id = '8unknown';
    expect((await call(id)).status).toBe(401);
    await register({ deleted: true }, '8deleted');
    expect((await call('8deleted')).status).toBe(401);
    await register({}, id);
    await register({}, '8deleted');
    expect(usageOf(await call(id))).toMatchObject({ requests: 1, refused: 0 });
    expect(usageOf(await call('8deleted'))).toMatchObject({ requests: 1, refused: 0 });
  });

  it('of a client that is only listed is kept too', async () => {
    const before = usageOf(await call(CLIENT_ID)) as { requests: number };
    expect(usageOf(await call(CLIENT_ID))).toMatchObject({ requests: before.requests + 1 });
  });
});

describe('what is kept in memory', () => {
  const limits = { requestsPerSecond: 100, burst: 200, requestsPerDay: 0 };
  const registry: Pick<ClientRegistry, 'admit' | 'tasks'> = {
    admit: ({ clientId }) => ({ id: clientId, name: null, limits }),
    tasks: 1,
  };
  const usage = new DayUsage('any', { number: 0, endsAt: Infinity });

  it('of clients that have not called for a while is forgotten', () => {
    stopClock();
    const admission = new Admission(registry, { of: () => usage });
    const res = { setHeader: () => undefined } as unknown as ServerResponse;
    const admit = (clientId: string) => admission.admit({ clientId } as Caller, {}, res);
    admit('first');
    const before = usedMegabytes();
    for (let id = 0; id < 100_000; id += 1) admit(String(id));
    expect(usedMegabytes() - before).toBeGreaterThan(10);
    skippedMs = 60_000;
    admit('last');
    expect(usedMegabytes() - before).toBeLessThan(3);
  });

  it('of a million requests of 10,000 clients is less than 10 MB, and grows no more after each has called once', () => {
    const counter = new UsageCounter({
      connection: { server: { connectionString: 'postgresql://127.0.0.1:1/api' }, ca: undefined },
      now: () => Date.UTC(2026, 10, 26, 12),
      log: { info: () => undefined, warn: () => undefined },
    });
    const admission = new Admission(registry, counter);
    const res = { setHeader: () => undefined } as unknown as ServerResponse;
    const callers = Array.from({ length: 10_000 }, (_, index) => ({ clientId: `client${index}` }) as Caller);
    const callAll = () => {
      for (const caller of callers) {
        try {
          admission.admit(caller, {}, res);
        } catch {
          // Beyond its limit: that takes memory for the answer only.
        }
      }
    };
    const before = usedMegabytes();
    callAll();
    const afterOnce = usedMegabytes();
    for (let round = 1; round < 100; round += 1) callAll();
    const afterAMillion = usedMegabytes();
    expect(afterAMillion - before).toBeLessThan(10);
    expect(afterAMillion - afterOnce).toBeLessThan(2);
    expect(counter.of('client0', performance.now()).counts.requests).toBe(100);
  });
});

function usedMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
