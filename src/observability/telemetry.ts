import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JwksClient } from '../auth/jwks-client';
import type { TokenVerifier } from '../auth/token-verifier';
import type { DatabaseMonitor } from '../database/monitor';
import type { Database } from '../database/database';
import type { Check, Checks } from './health';
import { Metrics } from './metrics';
import type { LineOutput } from './line-output';

/** The parts of the service that health and metrics speak of. */
export interface Parts {
  readonly jwksClient: JwksClient;
  readonly verifier: TokenVerifier;
  readonly database: Database;
  readonly monitor: DatabaseMonitor;
  /** Where the log is written. */
  readonly output: Pick<LineOutput, 'dropped' | 'waiting'> | undefined;
  readonly isDraining: () => boolean;
}

/** Of package.json, which lies beside `src` and beside `dist`. */
const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
  version: string;
};

const ok: Check = { status: 'ok' };
const failed = (reason: string): Check => ({ status: 'failed', reason });
const degraded = (reason: string): Check => ({ status: 'degraded', reason });

/**
 * What readiness depends on. Keys that are old but usable, and a database that was lost after the start, are degraded
 * only: every task would fail alike, and restarting them all would not help.
 */
export function createChecks({ jwksClient, monitor, isDraining }: Parts): Checks {
  return {
    keys: () => {
      const { state, ageSeconds } = jwksClient.status();
      if (state === 'unavailable') return failed(ageSeconds === undefined ? 'never_fetched' : 'too_stale');
      return state === 'stale' ? degraded('stale') : ok;
    },
    database: () => {
      if (monitor.state === 'unreached') return failed('unreached');
      return monitor.state === 'lost' ? degraded('lost') : ok;
    },
    schema: () => {
      if (monitor.state === 'unreached') return failed('unknown');
      return monitor.state === 'schema_behind' ? failed('behind') : ok;
    },
    process: () => (isDraining() ? failed('draining') : ok),
  };
}

/** The metrics of the service. */
export function createMetrics({ jwksClient, verifier, database, monitor, output }: Parts): Metrics {
  const counter = (name: string, help: string, read: () => number) =>
    ({ type: 'counter', name, help, read }) as const;
  const gauge = (name: string, help: string, read: () => number | undefined) =>
    ({ type: 'gauge', name, help, read }) as const;
  return new Metrics(version, [
    gauge('jwks_age_seconds', 'Time since the keys were last fetched', () => jwksClient.status().ageSeconds),
    gauge('jwks_keys', 'Keys that verify tokens', () => jwksClient.status().keys),
    gauge('jwks_keys_skipped', 'Published keys that are not usable', () => jwksClient.status().skipped),
    counter('jwks_fetches_total', 'Fetches of the key set', () => jwksClient.status().fetches),
    counter(
      'jwks_fetch_failures_total',
      'Fetches that brought no usable key',
      () => jwksClient.status().failures,
    ),
    counter('token_cache_hits_total', 'Tokens known to be good', () => verifier.cacheUse.hits),
    counter('token_cache_misses_total', 'Tokens that had to be verified', () => verifier.cacheUse.misses),
    gauge('database_ready', '1 while the database answers and its schema is up to date', () =>
      Number(monitor.state === 'ready'),
    ),
    gauge('database_connections', 'Open database connections', () => database.use.total),
    gauge('database_connections_idle', 'Those without work', () => database.use.idle),
    gauge('database_requests_waiting', 'Requests that wait for a connection', () => database.use.waiting),
    counter('log_lines_dropped_total', 'Log lines that could not be written', () => output?.dropped ?? 0),
    gauge(
      'log_bytes_waiting',
      'Log that standard output does not take at the moment',
      () => output?.waiting ?? 0,
    ),
  ]);
}
