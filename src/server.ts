import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { postgresUserStore } from './api/users/store';
import { createApp } from './app';
import { KeySet } from './auth/key-set';
import { TokenVerifier } from './auth/token-verifier';
import type { Config } from './config';
import { migrate } from './database/migrate';
import { DatabaseMonitor } from './database/monitor';
import { Database } from './database/pool';
import type { Check, Checks } from './http/health';
import { Metrics } from './http/metrics';

/** A running service. */
export interface Service {
  readonly port: number;
  readonly metricsPort: number;
  /**
   * Drains and stops: readiness fails at once, requests go on being served for the configured delay, then nothing new
   * is accepted, and what is under way may end until the grace time is over. Resolves when all is closed.
   */
  stop(): Promise<void>;
}

/** Connections that wait for their next request outlive the load balancer's idle time-out of 60 s, or it answers 502. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** From the first byte of a request to the end of its head. */
const HEADERS_TIMEOUT_MS = 15_000;
/** From the first byte of a request to the end of its body. */
const REQUEST_TIMEOUT_MS = 25_000;
/** What a load balancer lets through: 64 K of headers. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Starts the service. The port opens at once; the service is ready when the keys are fetched and the database is
 * reached with its schema up to date, which is tried until it succeeds.
 *
 * @throws the error of `listen`, if a port cannot be had
 */
export async function startService(config: Config, log: Logger): Promise<Service> {
  if (config.jwks.unprotected)
    log.warn('keys are fetched over plain HTTP: whoever can alter them can forge tokens');
  const keySet = new KeySet({
    url: config.jwks.uri,
    refreshSeconds: config.jwks.refreshSeconds,
    maxStaleSeconds: config.jwks.maxStaleSeconds,
    log,
  });
  const verifier = new TokenVerifier(keySet, {
    userPoolId: config.cognito.userPoolId,
    clientIds: config.cognito.clientIds,
    identifier: config.resourceServerIdentifier,
  });
  const database = new Database({ ...config.database, log });
  const monitor = new DatabaseMonitor({
    database,
    migrate: config.migrateOnStart ? () => migrate(config.database, log) : undefined,
    log,
  });
  let draining = false;
  const metrics = createMetrics(keySet, verifier, database, monitor);
  const app = createApp({
    config,
    log,
    verifier,
    stores: { users: postgresUserStore(database) },
    checks: { ...createChecks(keySet, monitor), process: () => (draining ? failed('draining') : ok) },
    metrics,
  });
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: 5_000,
    },
    (req, res) => {
      if (draining) res.setHeader('Connection', 'close');
      app(req, res);
    },
  );
  const metricsServer = createServer(metricsListener(metrics));

  const port = await listen(server, config.port, config.host);
  const metricsPort = await listen(metricsServer, config.metricsPort, config.host).catch((error: unknown) => {
    server.close();
    throw error;
  });
  void keySet.start();
  void monitor.start();
  log.info({ port, metricsPort }, 'listening');

  return {
    port,
    metricsPort,
    async stop() {
      draining = true;
      const { delaySeconds, graceSeconds } = config.shutdown;
      const deadline = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000);
      await delay(delaySeconds * 1000);
      await close(server);
      clearTimeout(deadline);
      keySet.stop();
      monitor.stop();
      await database.close();
      await close(metricsServer);
    },
  };
}

const ok: Check = { status: 'ok' };
const failed = (reason: string): Check => ({ status: 'failed', reason });
const degraded = (reason: string): Check => ({ status: 'degraded', reason });

function createChecks(keySet: KeySet, monitor: DatabaseMonitor): Checks {
  return {
    keys: () => {
      const { state, ageSeconds } = keySet.status();
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
  };
}

function createMetrics(
  keySet: KeySet,
  verifier: TokenVerifier,
  database: Database,
  monitor: DatabaseMonitor,
): Metrics {
  const counter = (name: string, help: string, read: () => number) =>
    ({ type: 'counter', name, help, read }) as const;
  const gauge = (name: string, help: string, read: () => number | undefined) =>
    ({ type: 'gauge', name, help, read }) as const;
  return new Metrics([
    gauge('jwks_age_seconds', 'Time since the keys were last fetched', () => keySet.status().ageSeconds),
    gauge('jwks_keys', 'Keys that verify tokens', () => keySet.status().keys),
    gauge('jwks_keys_skipped', 'Published keys that are not usable', () => keySet.status().skipped),
    counter('jwks_fetches_total', 'Fetches of the key set', () => keySet.status().fetches),
    counter(
      'jwks_fetch_failures_total',
      'Fetches that brought no usable key',
      () => keySet.status().failures,
    ),
    counter('token_cache_hits_total', 'Tokens known to be good', () => verifier.cacheUse.hits),
    counter('token_cache_misses_total', 'Tokens that had to be verified', () => verifier.cacheUse.misses),
    gauge('database_ready', '1 while the database answers and its schema is up to date', () =>
      Number(monitor.state === 'ready'),
    ),
    gauge('database_connections', 'Open database connections', () => database.use.total),
    gauge('database_connections_idle', 'Those without work', () => database.use.idle),
    gauge('database_requests_waiting', 'Requests that wait for a connection', () => database.use.waiting),
  ]);
}

function metricsListener(metrics: Metrics): RequestListener {
  return (req, res) => {
    if (req.url !== '/metrics') return void res.writeHead(404).end();
    void metrics
      .expose()
      .then(({ text, contentType }) => res.writeHead(200, { 'Content-Type': contentType }).end(text));
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
