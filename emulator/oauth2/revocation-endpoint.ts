import type { Router } from 'express';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Store } from '../store/store';
import { authenticateClient } from './client-authentication';
import { required } from './form';
import { formEndpoint } from './form-endpoint';
import { OAuthError } from './oauth-error';
import { changeRefreshTokens, findRefreshToken } from './refresh-tokens';

/** The sign-ins (`origin_jti`) whose access tokens the userInfo endpoint refuses. A restart clears them. */
export type RevokedSignIns = LRUCache<string, true>;

export function createRevokedSignIns(): RevokedSignIns {
  return new LRUCache({ max: 10_000 });
}

/**
 * `/oauth2/revoke` of a pool's domain (https://www.rfc-editor.org/rfc/rfc7009#section-2): revokes the refresh
 * tokens of a sign-in and, at the userInfo endpoint, its access tokens. A service that verifies access tokens offline does not
 * notice. For an unknown token, or that of another client, the response is the same as for a revoked one.
 */
export function revocationEndpoint(store: Store, revoked: RevokedSignIns, logger: Logger): Router {
  return formEndpoint({
    name: 'revocation',
    logger,
    statusOf: (code) => (code === 'invalid_client' ? 401 : 400),
    handle(request) {
      const { pool, client } = authenticateClient(store, request);
      const token = required(request.form, 'token');
      if (!client.enableTokenRevocation)
        throw new OAuthError('invalid_request', 'token revocation is not enabled for the client');
      // Access and ID tokens have the three parts of a JWT; refresh tokens have no dot.
      if (token.includes('.')) throw new OAuthError('unsupported_token_type', 'not a refresh token');

      const refreshToken = findRefreshToken(pool, client, token);
      if (refreshToken) {
        const { originJti } = refreshToken;
        changeRefreshTokens(store, pool.id, (tokens) =>
          tokens.filter((other) => other.originJti !== originJti),
        );
        revoked.set(originJti, true);
      }
      return undefined;
    },
  });
}
