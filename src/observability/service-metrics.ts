import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JwksClient } from '../auth/jwks-client';
import type { TokenVerifier } from '../auth/token-verifier';
import type { ClientRegistry } from '../clients/client-registry';
import type { UsageCounter } from '../clients/usage-counter';
import type { DatabaseMonitor } from '../database/monitor';
import type { Database } from '../database/database';
import type { LineOutput } from './line-output';
import { Metrics } from './metrics';

/** The parts of the service that keep numbers. */
export interface MeasuredParts {
  readonly jwksClient: JwksClient;
  readonly verifier: TokenVerifier;
  readonly registry: ClientRegistry;
  readonly usage: UsageCounter;
  readonly database: Database;
  readonly monitor: DatabaseMonitor;
  /** Where the log is written. */
  readonly output: Pick<LineOutput, 'dropped' | 'waiting'> | undefined;
}

/** Of package.json, which lies beside `src` and beside `dist`. */
export const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
  version: string;
};

/** The metrics of the service. */
export function createMetrics({
  jwksClient,
  verifier,
  registry,
  usage,
  database,
  monitor,
  output,
}: MeasuredParts): Metrics {
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
    gauge('client_registry_age_seconds', 'Time since the client registry was last read', () => {
      return registry.status().ageSeconds;
    }),
    gauge('client_registry_version', 'Version of the client registry that this task acts on', () => {
      return registry.status().version;
    }),
    gauge('client_registry_clients', 'Clients of the registry, deleted ones included', () => {
      return registry.status().clients;
    }),
    gauge('client_registry_tasks', 'Running tasks, as this one sees them', () => registry.status().tasks),
    counter('client_registry_polls_total', 'Attempts to read the client registry', () => {
      return registry.status().polls;
    }),
    counter('client_registry_poll_failures_total', 'Those that failed', () => registry.status().failures),
    counter(
      'client_usage_flushes_total',
      'Attempts to write the usage of clients',
      () => usage.status.flushes,
    ),
    counter('client_usage_flush_failures_total', 'Those that failed', () => usage.status.failures),
    gauge('database_ready', '1 while the database answers and its schema is up to date', () =>
      Number(monitor.state === 'ready'),
    ),
    gauge('database_connections', 'Open database connections', () => database.use.total),
    gauge('database_connections_max', 'Most connections that the pool opens', () => database.poolSize),
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
