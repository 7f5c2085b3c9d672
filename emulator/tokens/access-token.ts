import { randomUUID } from 'node:crypto';
import type { Client, UserPool } from '../store/state';
import { issuerUrl } from './issuer';
import { hasOriginJti } from './origin-jti';
import type { SignIn } from './sign-in';
import { signJwt } from './sign-jwt';

/**
 * Issues the access token of a machine client, with Cognito's claims in Cognito's order: no `aud`, no `nbf`, no
 * `username`.
 *
 * @param scopes Qualified scopes. Whether the client may have them is not checked here.
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
 * Issues the access token of a signed-in user.
 *
 * @param issue `eventId` is also in the ID token that is issued with it; `now` is in seconds since the epoch.
 */
export function issueUserAccessToken(
  pool: UserPool,
  client: Client,
  { user, scopes, authTime, originJti, resource }: SignIn,
  { eventId, now }: { eventId: string; now: number },
): string {
  const claims = {
    sub: user.sub,
    ...(user.groups.length > 0 && { 'cognito:groups': user.groups }),
    iss: issuerUrl(pool),
    version: 2,
    client_id: client.clientId,
    ...(resource !== undefined && { aud: resource }),
    ...(hasOriginJti(client) && { origin_jti: originJti }),
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
