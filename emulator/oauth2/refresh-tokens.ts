import { createHash, randomBytes } from 'node:crypto';
import type { Client, RefreshToken, UserPool } from '../store/state';
import type { Store } from '../store/store';
import type { SignIn } from '../tokens/sign-in';

/** Beyond this number in one pool, the oldest are removed. */
const capacity = 1000;

/**
 * Issues a refresh token for a sign-in. It is opaque, and only its digest is stored.
 *
 * @returns the token
 */
export function issueRefreshToken(
  store: Store,
  poolId: string,
  client: Client,
  { user, scopes, authTime, originJti, resource }: SignIn,
): string {
  const token = randomBytes(64).toString('base64url');
  const now = store.now();
  const issued: RefreshToken = {
    hash: digest(token),
    clientId: client.clientId,
    username: user.username,
    scopes: [...scopes],
    authTime,
    originJti,
    resource,
    expiresAt: now + client.refreshTokenValiditySeconds,
  };
  changeRefreshTokens(store, poolId, (tokens) =>
    [...tokens.filter(({ expiresAt }) => expiresAt > now), issued].slice(-capacity),
  );
  return token;
}

/** The stored form of a refresh token, if it was issued to the client. */
export function findRefreshToken(pool: UserPool, client: Client, token: string): RefreshToken | undefined {
  const hash = digest(token);
  return pool.refreshTokens.find((stored) => stored.hash === hash && stored.clientId === client.clientId);
}

/** Replaces the refresh tokens of a pool. */
export function changeRefreshTokens(
  store: Store,
  poolId: string,
  change: (tokens: RefreshToken[]) => RefreshToken[],
): void {
  store.change(({ userPools }) => {
    const pool = userPools.find(({ id }) => id === poolId);
    if (pool) pool.refreshTokens = change(pool.refreshTokens);
  });
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
