import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigningKey } from '../../emulator/store/signing-key';
import { startPostgres } from '../../local/postgres';
import { compileService } from './compiled-service';
import { makeSigningKeys } from './signing-keys';
import { createTemplate, SERVER_VARIABLE } from './test-database';

let directory: string;
let stopServer: () => Promise<void> = async () => undefined;

/**
 * Makes the folder that is the tests' `TMPDIR`, starts the PostgreSQL of the test run, unless `TEST_DATABASE_URL` names
 * one, makes the migrated template and the keys that suites share, and compiles the service for the tests that run it as
 * a process.
 */
export default async function setUp(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'test-run-'));
  // When root runs the tests, PostgreSQL runs under another account.
  await chmod(directory, 0o711);
  process.env['TMPDIR'] = directory;
  try {
    await Promise.all([compileService(), startServer().then(prepare)]);
  } catch (error) {
    await tearDown();
    throw error;
  }
}

/** Stops and removes what {@link setUp} made, and what tests left in their `TMPDIR`. */
export async function tearDown(): Promise<void> {
  await stopServer();
  // With retries: when the one has failed, the other may still be writing there.
  await rm(directory, { recursive: true, maxRetries: 5 });
}

async function startServer(): Promise<void> {
  let url = process.env['TEST_DATABASE_URL'];
  if (!url) {
    const postgres = await startPostgres({ directory: join(directory, 'postgres'), port: 0, durable: false });
    stopServer = postgres.stop;
    url = postgres.url;
  }
  process.env[SERVER_VARIABLE] = url;
}

/** The keys here, where the compiler runs already: to make them blocks this process for two seconds. */
async function prepare(): Promise<void> {
  makeSigningKeys(createSigningKey);
  await createTemplate();
}
