import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { IdempotencyKeyRemoval } from './api/idempotency-key-removal';
import type { Resource } from './api/resource';
import { createApp } from './app';
import { JwksClient } from './auth/jwks-client';
import { TokenVerifier } from './auth/token-verifier';
import { Admission } from './clients/admission';
import { ClientRegistry } from './clients/client-registry';
import { settled } from './clients/settled';
import { UsageCounter } from './clients/usage-counter';
import type { Config } from './config/config';
import { Database } from './database/database';
import { migrate } from './database/migrate';
import type { Content } from './docs/content';
import { findMigrations } from './database/migrations';
import { DatabaseMonitor } from './database/monitor';
import { type ConnectionBounds, Connections } from './http/connections';
import { createExpressServer } from './http/express-server';
import { migrationFolders } from './migration-folders';
import { loadTracing } from './observability/load-tracing';
import type { Metrics } from './observability/metrics';
import { createChecks } from './observability/checks';
import type { LineOutput } from './observability/line-output';
import { createMetrics } from './observability/service-metrics';

/** A running service. */
export interface Service {
  readonly port: number;
  readonly metricsPort: number;
  /**
   * Drains and stops. Readiness fails at once, and answers close their connections; after the delay nothing new is
   * accepted, and what is under way may end until shortly before the grace time is over.
   *
   * @returns the parts that did not close in time; none if all is well
   */
  stop(times?: Config['shutdown']): Promise<string[]>;
}

/** The bounds of a connection in time and size. */
export type HttpServerOptions = ServerOptions &
  ConnectionBounds & { readonly optimizeEmptyRequests: boolean };

/** Those of production. */
export const HTTP_SERVER_OPTIONS: HttpServerOptions = {
  // An idle connection outlives the load balancer's idle time-out (60 s), or it would send a request into a closed one
  // and answer 502.
  keepAliveTimeout: 75_000,
  // From the first byte of a request to the end of its head. A connection that sends nothing at all is cut too.
  headersTimeout: 15_000,
  // From the first byte of a request to its last, so that one which trickles in holds a connection for 30 s at most.
  requestTimeout: 25_000,
  // Longer than the 30 s that a body may take and the statements behind it, shorter than the load balancer's time-out.
  answerTimeout: 50_000,
  writeTimeout: 20_000,
  lingerTimeout: 2_000,
  connectionsCheckingInterval: 5_000,
  // What a load balancer lets through: 64 K of headers.
  maxHeaderSize: 64 * 1024,
  // A request without a body is not read like one that has a body. Since Node 24.12; its types came later.
  optimizeEmptyRequests: true,
  // Node would answer for itself, and nothing would be logged.
  requireHostHeader: false,
};

/** What a service is made of beside its configuration. */
export interface ServiceOptions {
  readonly resources: readonly Resource[];
  /** The text of the portal. */
  readonly content: Content;
  /** Where the log is written, for its metrics. */
  readonly output?: Pick<LineOutput, 'dropped' | 'waiting'>;
  /** Bounds that differ from those of production, for tests that have less time. */
  readonly server?: Partial<HttpServerOptions>;
}

/** Time that is left for closing our own parts when requests must end; less where there is little grace time. */
const CLOSING_MS = 2_000;
const CLOSING_SHARE = 0.2;

/**
 * Starts the service. The port opens at once; the service is ready when the keys are fetched, the database is
 * reached with its schema up to date, and the client registry is read, which is tried until it succeeds.
 *
 * @throws the error of `listen`, if a port cannot be had
 * @throws MigrationError, if a migration is misnamed
 */
export async function startService(
  config: Config,
  log: Logger,
  { resources, content, output, server: bounds }: ServiceOptions,
): Promise<Service> {
  if (config.jwks.unprotected)
    log.warn(
      'COGNITO_JWKS_ALLOW_HTTP: keys are fetched over plain HTTP; anyone who alters them can forge tokens',
    );
  const jwksClient = new JwksClient({ url: config.jwks.uri, ...config.jwks, log });
  const verifier = new TokenVerifier(jwksClient, {
    userPoolId: config.cognito.userPoolId,
    // The resource server at Cognito, and the resource of our own metadata (RFC 9728).
    audiences: [config.resourceServerIdentifier, config.publicUrl],
  });
  const database = new Database({ ...config.database, log });
  const registry = new ClientRegistry({
    connection: config.database,
    listedClientIds: config.cognito.clientIds,
    ...config.clients,
    log,
  });
  const usage = new UsageCounter({ connection: config.database, now: () => registry.now(), log });
  const keyRemoval = new IdempotencyKeyRemoval(database, log);
  const tracing = loadTracing(config.tracing, log);
  const migrations = findMigrations(migrationFolders(resources));
  const monitor = new DatabaseMonitor({
    connection: config.database,
    migrations,
    migrate: config.migrateOnStart
      ? () => migrate(config.database, migrations, { log, trace: (step) => tracing?.add(step) })
      : undefined,
    log,
  });
  let draining = false;
  const parts = {
    jwksClient,
    verifier,
    registry,
    usage,
    database,
    monitor,
    output,
    isDraining: () => draining,
  };
  const metrics = createMetrics(parts);
  const serverOptions = { ...HTTP_SERVER_OPTIONS, ...bounds };
  const connections = new Connections(serverOptions);
  const app = createApp({
    config,
    log,
    verifier,
    admission: new Admission(registry, usage),
    usage,
    resources,
    database,
    checks: createChecks(parts),
    metrics,
    tracing,
    connections,
    content,
  });
  const server = createExpressServer(serverOptions, app.express);
  connections.attach(server, app.listeners);
  const metricsServer = createServer(metricsListener(metrics));

  const port = await listen(server, config.port, config.host);
  const metricsPort = await listen(metricsServer, config.metricsPort, config.host).catch((error: unknown) => {
    server.close();
    throw error;
  });
  void jwksClient.start();
  // These once the schema has their tables, where this task makes them.
  void monitor.start().then(() => {
    usage.start();
    keyRemoval.start();
    return registry.start();
  });
  log.info({ port, metricsPort }, 'listening');

  return {
    port,
    metricsPort,
    async stop({ delaySeconds, graceSeconds } = config.shutdown) {
      const end = Date.now() + graceSeconds * 1000;
      draining = true;
      connections.closeWithAnswers();
      await delay(delaySeconds * 1000);

      const served = close(server);
      connections.destroyIncomplete();
      // No request is admitted from here on, so the other tasks get this one's share of the limits.
      const leftRegistry = registry.stop();
      const left = end - Date.now();
      await settled(served, left - Math.min(CLOSING_MS, left * CLOSING_SHARE));
      // Before the statements that their requests wait for, so that these are logged as aborted and not as answered 503.
      await connections.destroyAll();
      jwksClient.stop();
      keyRemoval.stop();
      metricsServer.closeAllConnections();
      const closing = {
        requests: served,
        database: Promise.all([
          database.close(),
          monitor.stop(),
          leftRegistry,
          usage.stop(Math.max(0, end - Date.now()) / 2),
        ]),
        metrics: close(metricsServer),
        traces: tracing?.stop() ?? Promise.resolve(),
      };
      const closed = await Promise.all(
        Object.entries(closing).map(async ([name, closed]) =>
          (await settled(closed, end - Date.now())) ? [] : [name],
        ),
      );
      return closed.flat();
    },
  };
}

function metricsListener(metrics: Metrics): RequestListener {
  return (req, res) => {
    if (req.url !== '/metrics') return void res.writeHead(404).end();
    void metrics
      .expose()
      .then(({ text, contentType }) => res.writeHead(200, { 'Content-Type': contentType }).end(text))
      .catch(() => res.writeHead(500).end());
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
