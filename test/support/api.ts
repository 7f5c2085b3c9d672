import type { Express } from 'express';
import pino from 'pino';
import type { Stores } from '../../src/api/endpoints';
import { createApp } from '../../src/app';
import { KeySet } from '../../src/auth/key-set';
import { TokenVerifier } from '../../src/auth/token-verifier';
import { readConfig } from '../../src/config';
import { Metrics } from '../../src/http/metrics';
import type { Checks } from '../../src/http/health';
import { type JwksServer, jwksServer } from './jwks-server';
import { memoryUserStore } from './memory-user-store';
import { CLIENT_ID, IDENTIFIER, UserPool } from './user-pool';

/** The application with everything real but its store, unless the test brings one. */
export interface TestApi {
  readonly app: Express;
  readonly pool: UserPool;
  readonly jwks: JwksServer;
  readonly keySet: KeySet;
  readonly metrics: Metrics;
  /** Log lines so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

/** Makes one, with its keys fetched. */
export async function testApi({
  stores,
  checks = {},
}: { stores?: Stores; checks?: Checks } = {}): Promise<TestApi> {
  const pool = new UserPool();
  const jwks = await jwksServer(pool.jwks);
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line) => void log.push(JSON.parse(line)) });
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
  const metrics = new Metrics([]);
  const app = createApp({
    config,
    log: logger,
    verifier,
    stores: stores ?? { users: memoryUserStore() },
    checks,
    metrics,
  });
  return {
    app,
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
