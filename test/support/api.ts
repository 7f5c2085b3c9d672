import type { RequestListener } from 'node:http';
import type { Stores } from '../../src/api/endpoints';
import { createApp } from '../../src/app';
import { KeySet } from '../../src/auth/key-set';
import { TokenVerifier } from '../../src/auth/token-verifier';
import { readConfig } from '../../src/config';
import { Connections } from '../../src/http/connections';
import { createLogger } from '../../src/logger';
import { Metrics } from '../../src/http/metrics';
import type { Checks } from '../../src/http/health';
import { SERVICE_OPTIONS } from '../../src/server';
import { type JwksServer, jwksServer } from './jwks-server';
import { memoryUserStore } from './memory-user-store';
import { CLIENT_ID, IDENTIFIER, UserPool } from './user-pool';

/** The application with everything real but its store, unless the test brings one. */
export interface TestApi {
  readonly app: RequestListener;
  readonly pool: UserPool;
  readonly jwks: JwksServer;
  readonly keySet: KeySet;
  readonly metrics: Metrics;
  /** Log lines so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

/** Makes one, with its keys fetched, unless `jwksAnswer` says what comes in their place. */
export async function testApi({
  stores,
  checks = {},
  jwksAnswer,
}: { stores?: Stores; checks?: Checks; jwksAnswer?: RequestListener } = {}): Promise<TestApi> {
  const pool = new UserPool();
  const jwks = await jwksServer(jwksAnswer ?? pool.jwks);
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(JSON.parse(line) as never) });
  const config = readConfig({
    COGNITO_USER_POOL_ID: pool.id,
    COGNITO_CLIENT_IDS: CLIENT_ID,
    RESOURCE_SERVER_IDENTIFIER: IDENTIFIER,
    COGNITO_JWKS_URI: jwks.url,
    PUBLIC_URL: 'https://users.example.com',
    DATABASE_URL: 'postgresql://unused',
  });
  const keySet = new KeySet({
    url: config.jwks.uri,
    refreshSeconds: 300,
    maxStaleSeconds: 86_400,
    log: logger,
  });
  await keySet.start();
  const verifier = new TokenVerifier(keySet, {
    userPoolId: pool.id,
    clientIds: [CLIENT_ID],
    identifier: IDENTIFIER,
  });
  const metrics = new Metrics('0.0.0', []);
  const { listener } = createApp({
    config,
    log: logger,
    verifier,
    stores: stores ?? { users: memoryUserStore() },
    checks,
    metrics,
    connections: new Connections(SERVICE_OPTIONS),
  });
  return {
    app: listener,
    pool,
    jwks,
    keySet,
    metrics,
    log,
    async close() {
      keySet.stop();
      await jwks.close();
    },
  };
}
