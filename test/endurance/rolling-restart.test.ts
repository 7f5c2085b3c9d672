import { Agent, request } from 'node:http';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { LoadBalancer } from '../support/load-balancer';
import { serviceEnvironment, ServiceProcess } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { UserPool } from '../support/user-pool';

jest.setTimeout(170_000);

const ROUNDS = 10;
const CALLERS = 16;
const LEAST_REQUESTS = 20_000;

let pool: UserPool;
let jwks: JwksServer;
let database: TestDatabase;
let balancer: LoadBalancer;
const services: ServiceProcess[] = [];

beforeAll(async () => {
  pool = new UserPool();
  jwks = await jwksServer(pool.jwks);
  database = await testDatabase();
  balancer = await LoadBalancer.start();
});

afterAll(async () => {
  balancer.close();
  await Promise.all(services.map((service) => service.kill()));
  await jwks.close();
  await database.drop();
});

/** Starts an instance and has it take requests. */
async function join(): Promise<ServiceProcess> {
  const service = new ServiceProcess(
    serviceEnvironment({
      COGNITO_JWKS_URI: jwks.url,
      DATABASE_URL: database.url,
      LOG_LEVEL: 'info',
      SHUTDOWN_DELAY_SECONDS: '1',
      SHUTDOWN_GRACE_SECONDS: '10',
    }),
  );
  services.push(service);
  await service.readiness('ok');
  const url = await service.url();
  balancer.register(url);
  await until('the load balancer to find it healthy', () => balancer.isHealthy(url));
  return service;
}

/** Calls again and again on kept connections, and counts answers by status. */
class Load {
  readonly counts = new Map<string, number>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  readonly #token = pool.token();
  #mayStopAfter = Infinity;
  readonly #callers: Promise<void>[];

  constructor() {
    this.#callers = Array.from({ length: CALLERS }, (_, caller) => this.#call(caller));
  }

  get #total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Ends it, after so many requests at the least. */
  async stop(atLeast: number): Promise<void> {
    this.#mayStopAfter = atLeast;
    await Promise.all(this.#callers);
    this.#agent.destroy();
  }

  async #call(caller: number): Promise<void> {
    for (let call = 0; this.#total < this.#mayStopAfter; call += 1) {
      // Every tenth creates something: a request that must not be sent twice.
      const body = call % 10 === 0 ? JSON.stringify({ label: `${caller}-${call}` }) : undefined;
      const outcome = await this.#request(body);
      this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
    }
  }

  #request(body: string | undefined): Promise<string> {
    const headers = {
      Authorization: `Bearer ${this.#token}`,
      ...(body && { 'Content-Type': 'application/json' }),
    };
    const method = body ? 'POST' : 'GET';
    return new Promise((resolve) => {
      const sent = request(
        `${balancer.url}/api/v1/things`,
        { method, headers, agent: this.#agent },
        (answer) => {
          answer.resume().once('close', () => resolve(answer.complete ? String(answer.statusCode) : 'cut'));
        },
      );
      sent.once('error', (error) => resolve(String((error as NodeJS.ErrnoException).code)));
      sent.end(body);
    });
  }
}

test(`${ROUNDS} rolling restarts under load fail no request`, async () => {
  let old = await join();
  const load = new Load();
  for (let round = 1; round <= ROUNDS; round += 1) {
    const next = await join();
    old.child.kill('SIGTERM');
    expect(await old.ended()).toEqual({ code: 0, signal: null });
    old = next;
  }
  await load.stop(LEAST_REQUESTS);

  const { 200: read = 0, 201: created = 0, ...failed } = Object.fromEntries(load.counts);
  expect(failed).toEqual({});
  expect(read + created).toBeGreaterThanOrEqual(LEAST_REQUESTS);
});
