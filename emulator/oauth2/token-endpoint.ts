import type { Router } from 'express';
import type { Logger } from 'pino';
import { type AuthorizationCodes, redeemAuthorizationCode } from './grants/authorization-code';
import { authenticateClient } from './client-authentication';
import { grantClientCredentials } from './grants/client-credentials';
import { required } from './form';
import { formEndpoint } from './form-endpoint';
import { OAuthError } from './oauth-error';
import { redeemRefreshToken } from './grants/refresh-token';
import type { UserPools } from '../store/store';

const grantTypes = ['authorization_code', 'client_credentials', 'refresh_token'];

/** `/oauth2/token` of a pool's domain: https://www.rfc-editor.org/rfc/rfc6749#section-3.2 */
export function tokenEndpoint(pools: UserPools, codes: AuthorizationCodes, logger: Logger): Router {
  return formEndpoint({
    name: 'token',
    logger,
    // Each of them: Cognito does not answer invalid_client with 401.
    statusOf: () => 400,
    answer(request) {
      const grantType = required(request.form, 'grant_type');
      if (!grantTypes.includes(grantType))
        throw new OAuthError('unsupported_grant_type', `the grants here are ${grantTypes.join(', ')}`);
      const known = authenticateClient(pools, request);
      switch (grantType) {
        case 'authorization_code':
          return redeemAuthorizationCode(pools, codes, known, request.form);
        case 'refresh_token':
          return redeemRefreshToken(pools, known, request.form);
        default:
          return grantClientCredentials(known, request.form, pools.now());
      }
    },
  });
}
