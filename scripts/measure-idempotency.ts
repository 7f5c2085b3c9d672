/**
 * Measures what an idempotency key costs: creating things with a key and without, in turns, against the service as it runs in
 * production and a PostgreSQL that waits for its disk.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../local/postgres';
import { compileService } from '../test/support/compiled-service';
import { jwksServer } from '../test/support/jwks-server';
import { serviceEnvironment, ServiceProcess } from '../test/support/service-process';
import { UserPool } from '../test/support/user-pool';

const ROUNDS = 20;
const REQUESTS_PER_ROUND = 100;
const CONCURRENT = [1, 8];

const pool = new UserPool();
const token = pool.token();

/** Times of each kind, in milliseconds. */
interface Times {
  readonly each: number[];
  total: number;
}

async function measure(url: string, callers: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const without: Times = { each: [], total: 0 };
  const withKey: Times = { each: [], total: 0 };
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [hasKey, times] of [
      [false, without],
      [true, withKey],
    ] as const) {
      const start = performance.now();
      let left = REQUESTS_PER_ROUND;
      await Promise.all(
        Array.from({ length: callers }, async () => {
          while (left-- > 0) {
            const before = performance.now();
            await create(url, agent, hasKey);
            if (round > 0) times.each.push(performance.now() - before);
          }
        }),
      );
      if (round > 0) times.total += performance.now() - start;
    }
  agent.destroy();
  const median = ({ each }: Times) => each.toSorted((one, other) => one - other)[each.length >> 1] ?? NaN;
  const mean = ({ total }: Times) => total / (ROUNDS * REQUESTS_PER_ROUND);
  const line = (what: string, plain: number, keyed: number) =>
    `  ${what.padEnd(18)}${plain.toFixed(3).padStart(8)} ms${keyed.toFixed(3).padStart(9)} ms${(keyed / plain).toFixed(2).padStart(7)} ×\n`;
  process.stdout.write(
    `${callers} at a time          without     with key  ratio\n` +
      line('median', median(without), median(withKey)) +
      line('time per request', mean(without), mean(withKey)),
  );
}

function create(url: string, agent: Agent, hasKey: boolean): Promise<void> {
  const body = JSON.stringify({ label: randomUUID() });
  return new Promise((resolve, reject) => {
    request(
      `${url}/api/v1/things`,
      {
        method: 'POST',
        agent,
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/json',
          'Content-Length': body.length,
          ...(hasKey && { 'Idempotency-Key': randomUUID() }),
        },
      },
      (answer) => {
        answer.resume().on('end', resolve);
        if (answer.statusCode !== 201) reject(new Error(`answered ${answer.statusCode}`));
      },
    )
      .on('error', reject)
      .end(body);
  });
}

async function main(): Promise<void> {
  const service = await compileService();
  const directory = mkdtempSync(join(tmpdir(), 'measure-'));
  const postgres = await startPostgres({ directory, port: 0, durable: true });
  const jwks = await jwksServer(pool.jwks);
  const task = new ServiceProcess(
    serviceEnvironment({
      COGNITO_JWKS_URI: jwks.url,
      DATABASE_URL: postgres.url,
      MIGRATE_ON_START: 'true',
      RATE_LIMIT_PER_SECOND: '0',
    }),
  );
  try {
    await task.readiness('ok');
    const url = await task.url();
    for (const callers of CONCURRENT) await measure(url, callers);
  } finally {
    await task.kill();
    await jwks.close();
    await postgres.stop();
    rmSync(directory, { recursive: true });
    await service.remove();
  }
}

void main();
