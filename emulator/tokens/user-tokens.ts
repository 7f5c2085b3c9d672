import { randomUUID } from 'node:crypto';
import type { Client, UserPool } from '../store/state';
import { issueUserAccessToken } from './access-token';
import { issueIdToken } from './id-token';
import type { SignIn } from './sign-in';

/** A response of the token endpoint: https://www.rfc-editor.org/rfc/rfc6749#section-5.1 */
export interface TokenResponse {
  id_token?: string;
  access_token: string;
  refresh_token?: string;
  /** Lifetime of the access token in seconds. */
  expires_in: number;
  token_type: 'Bearer';
}

/**
 * Issues the tokens of a signed-in user: an access token and, with the scope `openid`, an ID token, signed with
 * different keys of the pool.
 *
 * @param now Seconds since the epoch.
 */
export function issueUserTokens(pool: UserPool, client: Client, signIn: SignIn, now: number): TokenResponse {
  const eventId = randomUUID();
  const accessToken = issueUserAccessToken(pool, client, signIn, { eventId, now });
  return {
    ...(signIn.scopes.includes('openid') && {
      id_token: issueIdToken(pool, client, signIn, { accessToken, eventId, now }),
    }),
    access_token: accessToken,
    expires_in: client.accessTokenValiditySeconds,
    token_type: 'Bearer',
  };
}
