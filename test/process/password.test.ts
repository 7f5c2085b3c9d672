import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { ServiceProcess, serviceEnvironment } from '../support/service-process';
import { testDatabase, type TestDatabase } from '../support/test-database';
import { until } from '../support/until';
import { UserPool } from '../support/user-pool';

jest.setTimeout(60_000);

const ROLE = `service_${process.pid}`;
const ROUNDS = 8;
const REQUESTS = 40;

let directory: string;
let jwks: JwksServer;
let database: TestDatabase;
let admin: Client;
let service: ServiceProcess;
const pool = new UserPool();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'password-'));
  jwks = await jwksServer(pool.jwks);
  database = await testDatabase();
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'password-0'`);
  await admin.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${ROLE}`);
  // So that each round needs new connections.
  await admin.query(`ALTER ROLE ${ROLE} SET idle_session_timeout = '300ms'`);
});

afterAll(async () => {
  await service.kill();
  await admin.end();
  await database.drop();
  await jwks.close();
  rmSync(directory, { recursive: true });
});

it('the password of the role can change while requests come, and none is refused', async () => {
  const file = join(directory, 'password');
  writeFileSync(file, 'password-0');
  const { hostname, port } = new URL(database.url);
  const { DATABASE_URL: _, ...environment } = serviceEnvironment({
    COGNITO_JWKS_URI: jwks.url,
    DATABASE_URL: database.url,
    PGHOST: hostname,
    PGPORT: port,
    PGDATABASE: database.name,
    PGUSER: ROLE,
    PGPASSWORD_FILE: file,
  });
  service = new ServiceProcess(environment);
  await service.readiness('ok');
  const url = `${await service.url()}/api/v1/things`;
  const headers = { Authorization: `Bearer ${pool.token()}` };
  const statuses: number[] = [];

  async function call(): Promise<void> {
    const answer = await fetch(url, { headers });
    await answer.text();
    statuses.push(answer.status);
  }

  async function change(round: number): Promise<void> {
    // The server and the file never change at the same moment, and either may be first.
    const steps = [
      () => admin.query(`ALTER ROLE ${ROLE} PASSWORD 'password-${round}'`),
      () => Promise.resolve(writeFileSync(file, `password-${round}`)),
    ];
    for (const step of round % 2 ? steps : steps.reverse()) await step();
  }

  for (let round = 1; round <= ROUNDS; round += 1) {
    await until('the sessions of requests to end', async () => {
      const { rows } = await admin.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = $1 AND query ~ 'things'`,
        [ROLE],
      );
      return rows[0]!.count === 0;
    });
    await Promise.all([change(round), ...Array.from({ length: REQUESTS }, call)]);
  }
  expect(statuses).toHaveLength(ROUNDS * REQUESTS);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
});
