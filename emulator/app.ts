import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { api } from './aws-api/aws-api';
import { control } from './control/control';
import type { Redeploy } from './deployment';
import { discovery } from './oauth2/discovery';
import { domainEndpoints } from './oauth2/domain-endpoints';
import { plantedFaults } from './control/fault-injection';
import type { UserPools } from './store/store';

/**
 * What the stand-in serves: Amazon Cognito as applications, browsers and resource servers meet it, and the API
 * behind the AWS CLI and the SDKs.
 *
 * @param redeploy Starts the service anew. Without it there is none that could be.
 */
export function createCognito(pools: UserPools, logger: Logger, redeploy?: Redeploy): Express {
  const app = express();
  app.disable('x-powered-by');
  const faults = plantedFaults();
  // Before the faults, so that none can keep them from being taken back.
  app.use('/_control', control(pools, faults, logger));
  app.use(faults.apply);
  app.use(domainEndpoints(pools, logger));
  app.use(discovery(pools));
  app.use(api(pools, logger, redeploy));
  return app;
}
