import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { ROOT } from '../support/programs';
import { serviceEnvironment, ServiceProcess } from '../support/service-process';
import { administer, SERVER_VARIABLE } from '../support/test-database';
import { UserPool } from '../support/user-pool';

const suffix = randomBytes(6).toString('hex');
const owner = `api_owner_${suffix}`;
const service = `api_${suffix}`;
const password = randomBytes(16).toString('hex');

/** The statements of docs/elsewhere.md, for names that no other test has. */
const [create = '', grant = ''] = [
  ...readFileSync(join(ROOT, 'docs/elsewhere.md'), 'utf8').matchAll(/```sql\n([\s\S]*?)```/g),
].map(([, sql = '']) => sql.replace(/\bapi(_owner)?\b/g, `$&_${suffix}`));

function urlFor(role: string): string {
  const url = new URL(process.env[SERVER_VARIABLE]!);
  return Object.assign(url, { username: role, password, pathname: `/${service}` }).href;
}

async function run(role: string, statements: string): Promise<unknown[]> {
  const client = new Client({ connectionString: urlFor(role) });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statements)).rows;
  } finally {
    await client.end();
  }
}

let jwks: JwksServer;

beforeAll(async () => {
  jwks = await jwksServer(new UserPool().jwks);
  // CREATE DATABASE cannot share a request with others.
  for (const statement of create.split(';').filter((part) => part.trim())) await administer(statement);
  for (const role of [owner, service]) await administer(`ALTER ROLE ${role} PASSWORD '${password}'`);
  await run(owner, grant);
});

afterAll(async () => {
  await jwks.close();
  await administer(`DROP DATABASE ${service} WITH (FORCE)`);
  for (const role of [owner, service]) await administer(`DROP ROLE ${role}`);
});

test('the roles of docs/elsewhere.md let the service serve what its owner has migrated, and not alter it', async () => {
  const environment = (role: string) =>
    serviceEnvironment({ COGNITO_JWKS_URI: jwks.url, DATABASE_URL: urlFor(role) });
  const migration = new ServiceProcess(environment(owner), ['migrate']);
  await expect(migration.ended()).resolves.toEqual({ code: 0, signal: null });

  const process = new ServiceProcess(environment(service));
  try {
    await expect(process.readiness('ok')).resolves.toMatchObject({ code: 200 });
  } finally {
    await process.kill();
  }
  const forbidden = `
    SELECT relname, privilege FROM pg_class, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) privilege
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT has_table_privilege(oid, privilege)`;
  await expect(run(service, forbidden)).resolves.toEqual([]);
  await expect(run(service, 'CREATE TABLE other ()')).rejects.toMatchObject({ code: '42501' });
  await expect(run(service, 'DROP TABLE migrations')).rejects.toMatchObject({ code: '42501' });
});
