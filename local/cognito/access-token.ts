import { randomUUID } from 'node:crypto';
import { signJwt } from './signing-key';
import type { Client } from './state';
import type { UserPool } from './user-pool';

/**
 * Issues the access token that a client gets for itself. It is what Cognito issues, claim by claim and in the
 * same order; there is no `aud`, no `nbf` and no `username`.
 *
 * @param scopes Qualified scopes; the caller has seen to it that the client may have them.
 */
export function issueAccessToken(pool: UserPool, client: Client, scopes: string[]): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: client.clientId,
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: now,
    iss: pool.issuer,
    exp: now + client.accessTokenValiditySeconds,
    iat: now,
    version: 2,
    jti: randomUUID(),
    client_id: client.clientId,
  };
  return signJwt(claims, pool.accessKey());
}
