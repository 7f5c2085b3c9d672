import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigningKey } from '../../emulator/store/signing-key';
import { startPostgres } from '../../local/postgres';
import { type CompiledService, compileService } from './compiled-service';
import { makeSigningKeys } from './signing-keys';
import { createTemplate, SERVER_VARIABLE } from './test-database';

let stop: () => Promise<void>;
let compiled: CompiledService;

/**
 * Starts the PostgreSQL of the test run, unless `TEST_DATABASE_URL` names one, makes the migrated template and the keys
 * that suites share, and compiles the service for the tests that run it as a process.
 */
export default async function setUp(): Promise<void> {
  const compiling = compileService();
  makeSigningKeys(createSigningKey);
  stop = await startServer();
  try {
    await createTemplate();
    compiled = await compiling;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Stops and removes what {@link setUp} made. */
export async function tearDown(): Promise<void> {
  await stop();
  await compiled.remove();
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
