import { randomUUID } from 'node:crypto';
import { issuerUrl } from './issuer';
import type { SignIn } from './sign-in';
import { signJwt } from '../store/signing-key';
import type { Client, UserPool } from '../store/state';

/**
 * Issues the access token that a client gets for itself. It is what Cognito issues, claim by claim and in the
 * same order; there is no `aud`, no `nbf` and no `username`.
 *
 * @param scopes Qualified scopes; the caller has seen to it that the client may have them.
 * @param now Seconds since the epoch.
 */
export function issueAccessToken(
  pool: UserPool,
  client: Client,
  scopes: readonly string[],
  now: number,
): string {
  const claims = {
    sub: client.clientId,
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: now,
    iss: issuerUrl(pool),
    exp: now + client.accessTokenValiditySeconds,
    iat: now,
    version: 2,
    jti: randomUUID(),
    client_id: client.clientId,
  };
  return signJwt(claims, pool.accessKey);
}

/**
 * Issues the access token that a client gets for a user who has signed in. It shares `eventId` with the ID token that is
 * issued together with it; `now` is in seconds since the epoch.
 */
export function issueUserAccessToken(
  pool: UserPool,
  client: Client,
  { user, scopes, authTime, originJti }: SignIn,
  { eventId, now }: { eventId: string; now: number },
): string {
  const claims = {
    sub: user.sub,
    ...(user.groups.length > 0 && { 'cognito:groups': user.groups }),
    iss: issuerUrl(pool),
    version: 2,
    client_id: client.clientId,
    // Only with these can tokens be traced to the sign-in that is revoked.
    ...(client.enableTokenRevocation && { origin_jti: originJti }),
    event_id: eventId,
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: authTime,
    exp: now + client.accessTokenValiditySeconds,
    iat: now,
    jti: randomUUID(),
    username: user.username,
  };
  return signJwt(claims, pool.accessKey);
}
