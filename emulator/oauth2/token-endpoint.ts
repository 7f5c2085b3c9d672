import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Store } from '../store/store';
import type { AuthorizationCodes } from './authorization-codes';
import { authenticateClient } from './client-authentication';
import { required } from './form';
import { formEndpoint } from './form-endpoint';
import { authorizationCodeGrant } from './grants/authorization-code';
import { clientCredentialsGrant } from './grants/client-credentials';
import { refreshTokenGrant } from './grants/refresh-token';
import { OAuthError } from './oauth-error';

const grantTypes = ['authorization_code', 'client_credentials', 'refresh_token'];

/** `/oauth2/token` of a pool's domain: https://www.rfc-editor.org/rfc/rfc6749#section-3.2 */
export function tokenEndpoint(store: Store, codes: AuthorizationCodes, logger: Logger): Router {
  return formEndpoint({
    name: 'token',
    logger,
    // For every code: Cognito does not answer invalid_client with 401.
    statusOf: () => 400,
    handle(request) {
      const grantType = required(request.form, 'grant_type');
      if (!grantTypes.includes(grantType))
        throw new OAuthError('unsupported_grant_type', `the grant types are ${grantTypes.join(', ')}`);
      const authenticated = authenticateClient(store, request);
      switch (grantType) {
        case 'authorization_code':
          return authorizationCodeGrant(store, codes, authenticated, request.form);
        case 'refresh_token':
          return refreshTokenGrant(store, authenticated, request.form);
        default:
          return clientCredentialsGrant(authenticated, request.form, store.now());
      }
    },
  });
}
