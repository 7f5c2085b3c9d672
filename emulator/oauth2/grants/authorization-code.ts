import { randomUUID } from 'node:crypto';
import { requireFlow } from '../allowed-flow';
import type { KnownClient } from '../client-authentication';
import { type Form, required } from '../form';
import { OAuthError } from '../oauth-error';
import { isProven } from '../pkce';
import { createRefreshToken } from './refresh-token';
import { Tickets } from '../../store/expiring-store';
import type { UserPools } from '../../store/store';
import { issueUserTokens, type TokenResponse } from '../../tokens/user-tokens';

/** What an authorization code stands for: the sign-in, and all that the token request must agree with. */
export interface AuthorizedSignIn {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string | undefined;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly authTime: number;
  readonly nonce: string | undefined;
}

export type AuthorizationCodes = Tickets<AuthorizedSignIn>;

/** Authorization codes of all pools; each is good for five minutes. */
export function createAuthorizationCodes(pools: UserPools): AuthorizationCodes {
  return new Tickets(300, () => pools.now());
}

/**
 * Redeems an authorization code (https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3). The first attempt uses it up,
 * whether or not it succeeds, as users of Cognito report. A second one gets `invalid_grant`; the tokens of the first
 * stay good, since nothing is known of Cognito revoking them, which the RFC recommends.
 *
 * @throws OAuthError when the request is refused
 */
export function redeemAuthorizationCode(
  pools: UserPools,
  codes: AuthorizationCodes,
  { pool, client }: KnownClient,
  form: Form,
): TokenResponse {
  requireFlow(client, 'code');
  const code = required(form, 'code');
  const authorized = codes.find(code);
  codes.forget(code);
  const redirectUri = required(form, 'redirect_uri');
  const refuse = (reason: string) => new OAuthError('invalid_grant', reason);
  if (!authorized) throw refuse('no such code, or used or expired');
  if (authorized.clientId !== client.clientId) throw refuse('the code is of another client');
  if (authorized.redirectUri !== redirectUri) throw refuse('the redirect_uri is not the one of the request');
  if (!isProven(authorized.codeChallenge, form.get('code_verifier')))
    throw refuse('the code_verifier does not belong to the code_challenge');
  const user = pool.users.find(({ username }) => username === authorized.username);
  if (!user?.enabled) throw refuse('the user is gone or disabled');

  const signIn = { ...authorized, user, originJti: randomUUID() };
  return {
    ...issueUserTokens(pool, client, signIn, pools.now()),
    refresh_token: createRefreshToken(pools, pool.id, client, signIn),
  };
}
