import { randomUUID } from 'node:crypto';
import type { Store } from '../../store/store';
import { findUser } from '../../store/user';
import { issueUserTokens, type TokenResponse } from '../../tokens/user-tokens';
import { requireFlow } from '../allowed-flow';
import type { AuthorizationCodes } from '../authorization-codes';
import type { AuthenticatedClient } from '../client-authentication';
import { type Form, required } from '../form';
import { OAuthError } from '../oauth-error';
import { verifyChallenge } from '../pkce';
import { issueRefreshToken } from '../refresh-tokens';
import { resourceOf } from '../resource';

/**
 * The authorization-code grant (https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3). The first attempt consumes the
 * code, whether or not it succeeds, as users of Cognito report. A second attempt gets `invalid_grant`, and the tokens
 * of the first stay valid: RFC 6749 recommends to revoke them, but nothing indicates that Cognito does.
 *
 * @throws OAuthError when the request is refused
 */
export function authorizationCodeGrant(
  store: Store,
  codes: AuthorizationCodes,
  { pool, client }: AuthenticatedClient,
  form: Form,
): TokenResponse {
  requireFlow(client, 'code');
  const code = required(form, 'code');
  const authorized = codes.get(code);
  codes.delete(code);
  const redirectUri = required(form, 'redirect_uri');
  const refuse = (reason: string) => new OAuthError('invalid_grant', reason);
  if (!authorized) throw refuse('unknown, used or expired code');
  if (authorized.clientId !== client.clientId) throw refuse('the code was issued to another client');
  if (authorized.redirectUri !== redirectUri)
    // The code and description that Cognito documents, where RFC 6749 has invalid_grant.
    throw new OAuthError(
      'unauthorized_client',
      'the redirect_uri differs from that of the authorization request',
      'invalid_redirect',
    );
  if (!verifyChallenge(authorized.codeChallenge, form.get('code_verifier')))
    throw refuse('the code_verifier does not match the code_challenge');
  const user = findUser(pool, authorized.username);
  if (!user?.enabled) throw refuse('the user is deleted or disabled');

  const resource = resourceOf(form, authorized.resource);
  const signIn = { ...authorized, user, resource, originJti: randomUUID() };
  return {
    ...issueUserTokens(pool, client, signIn, store.now()),
    refresh_token: issueRefreshToken(store, pool.id, client, signIn),
  };
}
