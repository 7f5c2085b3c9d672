import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../local/postgres';
import { createTemplate, SERVER_VARIABLE } from './test-database';

let stop: () => Promise<void>;

/** Starts the PostgreSQL of the test run, unless `TEST_DATABASE_URL` names one, and makes the migrated template. */
export default async function setUp(): Promise<void> {
  stop = await startServer();
  try {
    await createTemplate();
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Stops what {@link setUp} started. */
export async function tearDown(): Promise<void> {
  await stop();
}

async function startServer(): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) {
    process.env[SERVER_VARIABLE] = given;
    return async () => undefined;
  }
  const directory = await mkdtemp(join(tmpdir(), 'test-postgres-'));
  const postgres = await startPostgres({ directory, port: 0, durable: false });
  process.env[SERVER_VARIABLE] = postgres.url;
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true });
  };
}
