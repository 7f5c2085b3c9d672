import { rotatesRefreshTokens } from '../../store/client';
import type { Store } from '../../store/store';
import { findUser } from '../../store/user';
import { issueUserTokens, type TokenResponse } from '../../tokens/user-tokens';
import { requireFlow } from '../allowed-flow';
import type { AuthenticatedClient } from '../client-authentication';
import { type Form, required } from '../form';
import { OAuthError } from '../oauth-error';
import { findRefreshToken, isUsableAt, rotateRefreshToken } from '../refresh-tokens';
import { resourceOf } from '../resource';

/**
 * The refresh-token grant (https://www.rfc-editor.org/rfc/rfc6749#section-6): new tokens with the scopes, time and
 * identity of the sign-in, and the user's current groups. With refresh-token rotation there is a new refresh token;
 * without it the refresh token stays the same, and none is returned.
 *
 * @throws OAuthError when the request is refused
 */
export function refreshTokenGrant(
  store: Store,
  { pool, client }: AuthenticatedClient,
  form: Form,
): TokenResponse {
  requireFlow(client, 'code');
  const now = store.now();
  const refreshToken = findRefreshToken(pool, client, required(form, 'refresh_token'));
  if (!refreshToken || !isUsableAt(now)(refreshToken))
    throw new OAuthError('invalid_grant', 'unknown, revoked, rotated or expired refresh token');
  const user = findUser(pool, refreshToken.username);
  if (!user?.enabled) throw new OAuthError('invalid_grant', 'the user is deleted or disabled');
  const resource = resourceOf(form, refreshToken.resource);
  return {
    ...issueUserTokens(pool, client, { ...refreshToken, user, resource }, now),
    ...(rotatesRefreshTokens(client) && {
      refresh_token: rotateRefreshToken(store, pool.id, client, refreshToken),
    }),
  };
}
