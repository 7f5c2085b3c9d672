import { issueAccessToken } from './access-token';
import { authenticateClient } from './client-authentication';
import { OAuthError } from './oauth-error';
import type { Client } from './state';
import type { UserPool } from './user-pool';

/** https://www.rfc-editor.org/rfc/rfc6749#section-5.1; with this grant there is no refresh token. */
export interface TokenResponse {
  access_token: string;
  /** Seconds. */
  expires_in: number;
  token_type: 'Bearer';
}

/**
 * The client-credentials grant (https://www.rfc-editor.org/rfc/rfc6749#section-4.4) as Cognito answers it.
 *
 * @param authorization The Authorization header.
 * @param body The form-encoded body.
 * @throws OAuthError when the request is refused.
 */
export function grantClientCredentials(
  pool: UserPool,
  authorization: string | undefined,
  body: string,
): TokenResponse {
  const form = parseForm(body);
  const grantType = form.get('grant_type');
  if (grantType === undefined) throw new OAuthError('invalid_request', 'no grant_type');
  if (grantType !== 'client_credentials') {
    throw new OAuthError('unsupported_grant_type', 'the only grant here is client_credentials');
  }
  const client = authenticateClient(pool, authorization, form);
  requireFlow(client);
  const scopes = chooseScopes(client, form.get('scope'));
  return {
    access_token: issueAccessToken(pool, client, scopes),
    expires_in: client.accessTokenValiditySeconds,
    token_type: 'Bearer',
  };
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-3.2: empty counts as absent, repeated is an error. */
function parseForm(body: string): Map<string, string> {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (form.has(name)) throw new OAuthError('invalid_request', 'a parameter is repeated');
    form.set(name, value);
  }
  return new Map([...form].filter(([, value]) => value !== ''));
}

function requireFlow({ allowedOAuthFlows }: Client): void {
  if (allowedOAuthFlows.includes('client_credentials')) return;
  if (allowedOAuthFlows.length === 0) throw new OAuthError('invalid_grant', 'the client has no OAuth flows');
  throw new OAuthError('unauthorized_client', 'the client does not have the client_credentials flow');
}

function chooseScopes({ allowedOAuthScopes }: Client, requested: string | undefined): string[] {
  if (requested === undefined) return allowedOAuthScopes;
  const scopes = [...new Set(requested.split(' '))];
  if (scopes.every((scope) => allowedOAuthScopes.includes(scope))) return scopes;
  throw new OAuthError('invalid_scope', 'a scope that does not exist or that the client does not have');
}
