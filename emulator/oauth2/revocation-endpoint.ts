import type { Router } from 'express';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { authenticateClient } from './client-authentication';
import { required } from './form';
import { formEndpoint } from './form-endpoint';
import { OAuthError } from './oauth-error';
import { changeRefreshTokens, findRefreshToken } from './grants/refresh-token';
import type { UserPools } from '../store/store';

/** The sign-ins (`origin_jti`) whose access tokens the userInfo endpoint takes no longer; forgotten at a restart. */
export type RevokedSignIns = LRUCache<string, true>;

export function createRevokedSignIns(): RevokedSignIns {
  return new LRUCache({ max: 10_000 });
}

/**
 * `/oauth2/revoke` of a pool's domain (https://www.rfc-editor.org/rfc/rfc7009#section-2): takes back a refresh token and,
 * at the userInfo endpoint, the access tokens that came of it. Who verifies access tokens offline does not learn of it.
 * A token that is unknown, or another client's, is answered like one that was revoked.
 */
export function revocationEndpoint(pools: UserPools, revoked: RevokedSignIns, logger: Logger): Router {
  return formEndpoint({
    name: 'revocation',
    logger,
    statusOf: (code) => (code === 'invalid_client' ? 401 : 400),
    answer(request) {
      const { pool, client } = authenticateClient(pools, request);
      const token = required(request.form, 'token');
      if (!client.enableTokenRevocation)
        throw new OAuthError('invalid_request', 'token revocation is not enabled for the client');
      // Only the other tokens have the three parts of a JWT.
      if (token.includes('.')) throw new OAuthError('unsupported_token_type', 'not a refresh token');

      const kept = findRefreshToken(pool, client, token);
      if (kept) {
        changeRefreshTokens(pools, pool.id, (tokens) => tokens.filter(({ hash }) => hash !== kept.hash));
        revoked.set(kept.originJti, true);
      }
      return undefined;
    },
  });
}
