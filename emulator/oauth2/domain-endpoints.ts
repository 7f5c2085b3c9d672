import express, { type Router } from 'express';
import type { Logger } from 'pino';
import { createAuthorizationCodes } from './grants/authorization-code';
import { managedLogin } from '../managed-login/managed-login';
import { createRevokedSignIns, revocationEndpoint } from './revocation-endpoint';
import { tokenEndpoint } from './token-endpoint';
import { userInfoEndpoint } from './user-info-endpoint';
import type { UserPools } from '../store/store';

/** What Cognito serves on the domain of a user pool: the endpoints for programs, and managed login for people. */
export function domainEndpoints(pools: UserPools, logger: Logger): Router {
  const codes = createAuthorizationCodes(pools);
  const revoked = createRevokedSignIns();
  const router = express.Router();
  router.use('/oauth2/token', tokenEndpoint(pools, codes, logger));
  router.use('/oauth2/revoke', revocationEndpoint(pools, revoked, logger));
  router.use('/oauth2/userInfo', userInfoEndpoint(pools, revoked, logger));
  router.use(managedLogin(pools, codes, logger));
  return router;
}
