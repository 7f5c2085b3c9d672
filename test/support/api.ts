import type { RequestListener } from 'node:http';
import type { Resource } from '../../src/api/resource';
import { createApp } from '../../src/app';
import { JwksClient } from '../../src/auth/jwks-client';
import { TokenVerifier } from '../../src/auth/token-verifier';
import { Admission } from '../../src/clients/admission';
import { ClientRegistry } from '../../src/clients/client-registry';
import { UsageCounter } from '../../src/clients/usage-counter';
import { readConfig } from '../../src/config/config';
import type { Database } from '../../src/database/database';
import type { Checks } from '../../src/observability/health';
import { createLogger } from '../../src/observability/log';
import { Metrics } from '../../src/observability/metrics';
import { connected } from './database';
import { Connections } from '../../src/http/connections';
import { HTTP_SERVER_OPTIONS } from '../../src/server';
import { type JwksServer, jwksServer } from './jwks-server';
import { testContent } from './test-content';
import { testDatabase, type TestDatabase } from './test-database';
import { things } from './things/resource';
import { CLIENT_ID, IDENTIFIER, LISTED_CLIENT_ID, UserPool } from './user-pool';

/** The application with everything real: keys, tokens, and a database of its own. */
export interface TestApi {
  readonly app: RequestListener;
  readonly resources: readonly Resource[];
  readonly registry: ClientRegistry;
  readonly usage: UsageCounter;
  readonly database: Database;
  readonly pool: UserPool;
  readonly jwks: JwksServer;
  readonly jwksClient: JwksClient;
  readonly metrics: Metrics;
  /** Log lines so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

/** What is different in one application. */
export interface TestApiOptions {
  /** {@link things} if not given. */
  readonly resources?: readonly Resource[];
  /** A database of several applications, which stays when this one is closed; one of its own if not given. */
  readonly sharedDatabase?: TestDatabase;
  /** How the application reaches its database; directly if not given. */
  readonly connect?: (url: string) => Database | Promise<Database>;
  /** Whether the client registry cannot be reached. */
  readonly withoutRegistry?: boolean;
  readonly checks?: Checks;
  /** Of the environment, beside what every application needs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The token endpoint; unknown if not given. */
  readonly tokenUrl?: string;
  /** What the JWKS endpoint answers, in place of the keys. */
  readonly jwksAnswer?: RequestListener;
}

/** No server listens on port 1. */
const NOWHERE = 'postgresql://127.0.0.1:1/api';

/** Makes one, with its keys fetched and its client registry read. */
export async function testApi({
  resources = [things],
  sharedDatabase,
  connect = (url: string) => connected(url, { poolSize: 8 }),
  withoutRegistry = false,
  checks = {},
  environment = {},
  tokenUrl,
  jwksAnswer,
}: TestApiOptions = {}): Promise<TestApi> {
  const pool = new UserPool();
  const jwks = await jwksServer(jwksAnswer ?? pool.jwks);
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(JSON.parse(line) as never) });
  const config = readConfig({
    COGNITO_USER_POOL_ID: pool.id,
    COGNITO_CLIENT_IDS: `${CLIENT_ID},${LISTED_CLIENT_ID}`,
    RESOURCE_SERVER_IDENTIFIER: IDENTIFIER,
    COGNITO_JWKS_URI: jwks.url,
    PUBLIC_URL: 'https://things.example.com',
    DATABASE_URL: 'postgresql://unused',
    // In force, and out of reach.
    RATE_LIMIT_PER_SECOND: '1000000',
    RATE_LIMIT_BURST: '2000000',
    ...(tokenUrl && { COGNITO_TOKEN_URL: tokenUrl }),
    ...environment,
  });
  const jwksClient = new JwksClient({
    url: config.jwks.uri,
    refreshSeconds: 300,
    maxStaleSeconds: 86_400,
    log: logger,
  });
  await jwksClient.start();
  const verifier = new TokenVerifier(jwksClient, {
    userPoolId: pool.id,
    audiences: [IDENTIFIER, config.publicUrl],
  });
  const metrics = new Metrics('0.0.0', []);
  const used = sharedDatabase ?? (await testDatabase());
  const database = await connect(used.url);
  const connection = {
    server: { connectionString: withoutRegistry ? NOWHERE : used.url },
    ca: undefined,
  };
  const registry = new ClientRegistry({
    connection,
    listedClientIds: config.cognito.clientIds,
    ...config.clients,
    log: logger,
  });
  await registry.start();
  const usage = new UsageCounter({ connection, now: () => registry.now(), log: logger });
  usage.start();
  const { listeners } = createApp({
    config,
    log: logger,
    verifier,
    admission: new Admission(registry, usage),
    usage,
    resources,
    database,
    checks,
    metrics,
    connections: new Connections(HTTP_SERVER_OPTIONS),
    content: testContent(),
  });
  return {
    app: listeners.onRequest,
    resources,
    registry,
    usage,
    database,
    pool,
    jwks,
    jwksClient,
    metrics,
    log,
    async close() {
      jwksClient.stop();
      await jwks.close();
      await registry.stop();
      await usage.stop();
      await database.close();
      if (!sharedDatabase) await used.drop();
    },
  };
}
