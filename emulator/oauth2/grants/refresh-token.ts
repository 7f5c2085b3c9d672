import { createHash, randomBytes } from 'node:crypto';
import { requireFlow } from '../allowed-flow';
import type { KnownClient } from '../client-authentication';
import { type Form, required } from '../form';
import { OAuthError } from '../oauth-error';
import type { SignIn } from '../../tokens/sign-in';
import type { Client, RefreshToken, UserPool } from '../../store/state';
import type { UserPools } from '../../store/store';
import { issueUserTokens, type TokenResponse } from '../../tokens/user-tokens';

/** Of more in one pool, those that were issued first stop working. */
const most = 1000;

/**
 * Issues a refresh token for a sign-in. It says nothing about itself; only its digest is kept.
 *
 * @returns the token
 */
export function createRefreshToken(
  pools: UserPools,
  poolId: string,
  client: Client,
  { user, scopes, authTime, originJti }: SignIn,
): string {
  const token = randomBytes(64).toString('base64url');
  const now = pools.now();
  const kept: RefreshToken = {
    hash: digest(token),
    clientId: client.clientId,
    username: user.username,
    scopes: [...scopes],
    authTime,
    originJti,
    expiresAt: now + client.refreshTokenValiditySeconds,
  };
  changeRefreshTokens(pools, poolId, (tokens) =>
    [...tokens.filter(({ expiresAt }) => expiresAt > now), kept].slice(-most),
  );
  return token;
}

/**
 * Gives new tokens for a refresh token (https://www.rfc-editor.org/rfc/rfc6749#section-6): with the scopes, the time
 * and the identity of the sign-in, and the groups that the user is in by now. The refresh token stays the same, as
 * with Cognito where rotation is not turned on, so none is returned.
 *
 * @throws OAuthError when the request is refused
 */
export function redeemRefreshToken(
  pools: UserPools,
  { pool, client }: KnownClient,
  form: Form,
): TokenResponse {
  requireFlow(client, 'code');
  const now = pools.now();
  const kept = findRefreshToken(pool, client, required(form, 'refresh_token'));
  if (!kept || kept.expiresAt <= now)
    throw new OAuthError('invalid_grant', 'no such refresh token of the client, or revoked or expired');
  const user = pool.users.find(({ username }) => username === kept.username);
  if (!user?.enabled) throw new OAuthError('invalid_grant', 'the user is gone or disabled');
  return issueUserTokens(pool, client, { ...kept, user }, now);
}

/** The refresh token as it is kept, if it is one of the client. */
export function findRefreshToken(pool: UserPool, client: Client, token: string): RefreshToken | undefined {
  const hash = digest(token);
  return pool.refreshTokens.find((kept) => kept.hash === hash && kept.clientId === client.clientId);
}

/** Puts other refresh tokens in the place of a pool's. */
export function changeRefreshTokens(
  pools: UserPools,
  poolId: string,
  change: (tokens: RefreshToken[]) => RefreshToken[],
): void {
  pools.change(({ userPools }) => {
    const pool = userPools.find(({ id }) => id === poolId);
    if (pool) pool.refreshTokens = change(pool.refreshTokens);
  });
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
