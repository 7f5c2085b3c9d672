import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { awsApi } from './aws-api/aws-api';
import { control } from './control/control';
import { faultInjection } from './control/fault-injection';
import { managedLogin } from './managed-login/managed-login';
import { createAuthorizationCodes } from './oauth2/authorization-codes';
import { discovery } from './oauth2/discovery';
import { createRevokedSignIns, revocationEndpoint } from './oauth2/revocation-endpoint';
import { tokenEndpoint } from './oauth2/token-endpoint';
import { userInfoEndpoint } from './oauth2/user-info-endpoint';
import type { ScopeCatalogue } from './scope-catalogue';
import type { Store } from './store/store';

export interface EmulatorOptions {
  /** Applies a changed scope catalogue of the API. Without it, the control API does not accept one. */
  applyCatalogue?: (catalogue: ScopeCatalogue) => void;
}

/**
 * The emulator: Amazon Cognito as applications, browsers and resource servers see it, and the API behind the AWS CLI
 * and SDKs.
 */
export function createEmulator(
  store: Store,
  logger: Logger,
  { applyCatalogue }: EmulatorOptions = {},
): Express {
  const faults = faultInjection();
  const codes = createAuthorizationCodes(store);
  const revoked = createRevokedSignIns();

  const app = express();
  app.disable('x-powered-by');
  // Before the faults, so that no fault can prevent its own removal.
  app.use('/_control', control(store, faults, logger, applyCatalogue));
  app.use(faults.middleware);
  // On the domain of a user pool.
  app.use('/oauth2/token', tokenEndpoint(store, codes, logger));
  app.use('/oauth2/revoke', revocationEndpoint(store, revoked, logger));
  app.use('/oauth2/userInfo', userInfoEndpoint(store, revoked, logger));
  app.use(managedLogin(store, codes, logger));
  // On the issuer's host.
  app.use(discovery(store));
  // On the hosts of AWS services.
  app.use(awsApi(store, logger));
  return app;
}
