import type { Client } from '../../store/state';
import { issueAccessToken } from '../../tokens/access-token';
import type { TokenResponse } from '../../tokens/user-tokens';
import { requireFlow } from '../allowed-flow';
import type { AuthenticatedClient } from '../client-authentication';
import type { Form } from '../form';
import { OAuthError } from '../oauth-error';

/**
 * The client-credentials grant (https://www.rfc-editor.org/rfc/rfc6749#section-4.4). There is no refresh token, and the
 * access token cannot be bound to a resource.
 *
 * @param now Seconds since the epoch.
 * @throws OAuthError when the request is refused
 */
export function clientCredentialsGrant(
  { pool, client }: AuthenticatedClient,
  form: Form,
  now: number,
): TokenResponse {
  if (client.secrets.length === 0)
    throw new OAuthError('invalid_client', 'a public client has no credentials');
  requireFlow(client, 'client_credentials');
  if (form.has('resource'))
    throw new OAuthError('invalid_request', 'only tokens of users can be bound to a resource');
  const scopes = chooseScopes(client, form.get('scope'));
  return {
    access_token: issueAccessToken(pool, client, scopes, now),
    expires_in: client.accessTokenValiditySeconds,
    token_type: 'Bearer',
  };
}

function chooseScopes({ allowedOAuthScopes }: Client, requested: string | undefined): string[] {
  if (requested === undefined) return allowedOAuthScopes;
  const scopes = [...new Set(requested.split(' '))];
  if (scopes.every((scope) => allowedOAuthScopes.includes(scope))) return scopes;
  throw new OAuthError('invalid_scope', 'a scope that does not exist or that the client does not have');
}
