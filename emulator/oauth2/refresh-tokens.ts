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
  const token = randomToken();
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
  changeRefreshTokens(store, poolId, (tokens) => [...tokens.filter(isUsableAt(now)), issued]);
  return token;
}

/**
 * Replaces a refresh token. The new one is valid for the remaining lifetime of the old one, which can be used for
 * retries until the client's grace period has passed since its first use.
 *
 * @returns the new token
 */
export function rotateRefreshToken(
  store: Store,
  poolId: string,
  { refreshTokenRotation }: Client,
  { retryUntil, ...rotated }: RefreshToken,
): string {
  const token = randomToken();
  const now = store.now();
  const end = retryUntil ?? now + (refreshTokenRotation?.retryGracePeriodSeconds ?? 0);
  changeRefreshTokens(store, poolId, (tokens) => [
    ...tokens
      .map((stored) => (stored.hash === rotated.hash ? { ...stored, retryUntil: end } : stored))
      .filter(isUsableAt(now)),
    { ...rotated, hash: digest(token) },
  ]);
  return token;
}

/** Selects the refresh tokens that can be used. */
export function isUsableAt(now: number): (token: RefreshToken) => boolean {
  return ({ expiresAt, retryUntil = Infinity }) => Math.min(expiresAt, retryUntil) > now;
}

/** The stored form of a refresh token, if it was issued to the client. */
export function findRefreshToken(pool: UserPool, client: Client, token: string): RefreshToken | undefined {
  const hash = digest(token);
  return pool.refreshTokens.find((stored) => stored.hash === hash && stored.clientId === client.clientId);
}

/** Replaces the refresh tokens of a pool, and keeps the newest ones. */
export function changeRefreshTokens(
  store: Store,
  poolId: string,
  change: (tokens: RefreshToken[]) => RefreshToken[],
): void {
  store.change(({ userPools }) => {
    const pool = userPools.find(({ id }) => id === poolId);
    if (pool) pool.refreshTokens = change(pool.refreshTokens).slice(-capacity);
  });
}

function randomToken(): string {
  return randomBytes(64).toString('base64url');
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
