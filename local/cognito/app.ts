import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { control } from './control';
import { discovery } from './discovery';
import { tokenEndpoint } from './token-endpoint';
import type { UserPool } from './user-pool';

/** What the stand-in serves: the parts of Amazon Cognito that a machine client and a resource server meet. */
export function createCognito(pool: UserPool, logger: Logger): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use('/oauth2/token', tokenEndpoint(pool, logger));
  app.use(`/${pool.id}/.well-known`, discovery(pool));
  app.use('/_control', control(pool, logger));
  return app;
}
