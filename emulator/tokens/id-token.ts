import { createHash, randomUUID } from 'node:crypto';
import type { Client, UserPool } from '../store/state';
import { issuerUrl } from './issuer';
import { hasOriginJti } from './origin-jti';
import type { SignIn } from './sign-in';
import { signJwt } from './sign-jwt';
import { attributesFor } from './user-attributes';

/**
 * Issues the ID token of a signed-in user (https://openid.net/specs/openid-connect-core-1_0.html#IDToken), with the
 * attributes that the scopes grant.
 *
 * @param issue The access token that is issued with it, which `at_hash` is computed from; `eventId` is in both;
 * `now` is in seconds since the epoch.
 */
export function issueIdToken(
  pool: UserPool,
  client: Client,
  { user, scopes, authTime, originJti, nonce }: SignIn,
  { accessToken, eventId, now }: { accessToken: string; eventId: string; now: number },
): string {
  const attributes = Object.entries(attributesFor(scopes, user.attributes)).map(([name, value]) => [
    name,
    // Attributes are strings, but these are booleans here: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
    name.endsWith('_verified') ? value === 'true' : value,
  ]);
  const claims = {
    ...(Object.fromEntries(attributes) as Record<string, unknown>),
    at_hash: accessTokenHash(accessToken),
    sub: user.sub,
    ...(user.groups.length > 0 && { 'cognito:groups': user.groups }),
    iss: issuerUrl(pool),
    'cognito:username': user.username,
    ...(nonce !== undefined && { nonce }),
    ...(hasOriginJti(client) && { origin_jti: originJti }),
    aud: client.clientId,
    event_id: eventId,
    token_use: 'id',
    auth_time: authTime,
    exp: now + client.idTokenValiditySeconds,
    iat: now,
    jti: randomUUID(),
  };
  return signJwt(claims, pool.idKey);
}

/** The left half of its digest: https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken */
function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url');
}
