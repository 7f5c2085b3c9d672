/**
 * Measures the client registry with as many clients as a user pool can have: how long loading it takes, how much memory it
 * holds, and how much processor time the admission of a request costs. Needs `--expose-gc`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../local/postgres';
import type { Caller } from '../src/auth/caller';
import { ClientRegistry } from '../src/clients/client-registry';
import { Database } from '../src/database/database';
import { migrate } from '../src/database/migrate';
import { findMigrations } from '../src/database/migrations';

const CLIENTS = 10_000;
const ADMISSIONS = 5_000_000;
const log = { info: () => undefined, warn: () => undefined };

async function measure(url: string): Promise<void> {
  const connection = { server: { connectionString: url }, ca: undefined };
  await migrate(connection, findMigrations([join(__dirname, '..', 'src', 'clients', 'migrations')]), { log });
  const database = new Database({ ...connection, poolSize: 1, log });
  await database.query(
    `INSERT INTO clients (id, name, requests_per_second, version, created_at, updated_at)
     SELECT lpad(n::text, 26, '0'), 'A third party with the number ' || n, n % 100, n, now(), now()
     FROM generate_series(1, ${CLIENTS}) n`,
  );
  await database.query(`UPDATE client_registry SET version = ${CLIENTS}`);
  await database.close();

  const registry = new ClientRegistry({
    connection,
    listedClientIds: [],
    defaultLimits: { requestsPerSecond: 100, burst: 200, requestsPerDay: 0 },
    maxStaleSeconds: 3600,
    log,
  });
  const before = heapUsed();
  const start = performance.now();
  const startCpu = process.cpuUsage();
  await registry.start();
  print('loaded in', performance.now() - start, 'ms');
  print('of which processor time', cpuMs(startCpu), 'ms');
  print('memory', (heapUsed() - before) / 1e6, 'MB');
  if (registry.status().clients !== CLIENTS) throw new Error('not all clients were loaded');

  const callers = Array.from({ length: 1000 }, (_, index) => ({
    clientId: String(index * 7 + 1).padStart(26, '0'),
    issuedAt: 1_790_000_000,
  })) as unknown as Caller[];
  const admissionsCpu = process.cpuUsage();
  for (let round = 0; round < ADMISSIONS / callers.length; round += 1)
    for (const caller of callers) registry.admit(caller);
  print('one admission', (cpuMs(admissionsCpu) * 1e6) / ADMISSIONS, 'ns');
  await registry.stop();
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function print(what: string, value: number, unit: string): void {
  process.stdout.write(`${what.padEnd(24)}${value.toFixed(1).padStart(8)} ${unit}\n`);
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'measure-'));
  const postgres = await startPostgres({ directory, port: 0, durable: false });
  try {
    await measure(postgres.url);
  } finally {
    await postgres.stop();
    rmSync(directory, { recursive: true });
  }
}

void main();
