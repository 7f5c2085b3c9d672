import type { Request } from 'express';
import { hasFlow } from '../oauth2/allowed-flow';
import type { OAuthErrorCode } from '../oauth2/oauth-error';
import { isCodeChallenge } from '../oauth2/pkce';
import { isResource } from '../oauth2/resource';
import type { Client, UserPool } from '../store/state';
import type { Store } from '../store/store';

/** What a client requests through a user's browser: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 and #section-4.2.1 */
export interface AuthorizationRequest {
  readonly pool: UserPool;
  readonly client: Client;
  /** `token` is the implicit flow. */
  readonly responseType: 'code' | 'token';
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string | undefined;
  readonly nonce: string | undefined;
  readonly codeChallenge: string | undefined;
  readonly resource: string | undefined;
  /** `none` forbids the login page, `login` requires it despite a session. */
  readonly prompt: 'none' | 'login' | undefined;
}

/** A refused request that is answered with a page, because its redirect URI is not known to be the client's. */
export class UnredirectableError extends Error {}

/** A refused request. The client gets the code, as a parameter of its redirect URI. */
export class AuthorizationError extends Error {
  readonly code: OAuthErrorCode;
  readonly location: string;

  constructor(code: OAuthErrorCode, message: string, location: string) {
    super(message);
    this.code = code;
    this.location = location;
  }
}

/** Refuses an authorization request with a redirect to its client. */
export function refusalOf(
  request: Pick<AuthorizationRequest, 'redirectUri' | 'responseType' | 'state'>,
  code: OAuthErrorCode,
  reason: string,
): AuthorizationError {
  return new AuthorizationError(code, reason, responseUrl(request, { error: code }));
}

/**
 * Reads the authorization request in the query. The redirect URI must equal one of the client's
 * (https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3). A code challenge is optional, even for a public client, and
 * its method is S256.
 *
 * @throws UnredirectableError when client or redirect URI are wrong
 * @throws AuthorizationError for everything else
 */
export function readAuthorizationRequest(store: Store, req: Request): AuthorizationRequest {
  const query = queryOf(req);
  const { pool, client } = findClient(store, req);
  const redirectUri = single(query, 'redirect_uri');
  if (redirectUri === undefined || !client.callbackUrls.includes(redirectUri))
    throw new UnredirectableError('The redirect_uri is not one of the callback URLs of the app client.');

  const given = single(query, 'response_type');
  const responseType = given === 'token' ? given : 'code';
  const state = single(query, 'state');
  const refusal = (code: OAuthErrorCode, reason: string) =>
    refusalOf({ redirectUri, responseType, state }, code, reason);

  if (new Set(query.keys()).size < query.size) throw refusal('invalid_request', 'a parameter is repeated');
  if (given !== responseType) throw refusal('invalid_request', 'response_type is neither code nor token');
  if (!hasFlow(client, responseType === 'token' ? 'implicit' : 'code'))
    throw refusal('unauthorized_client', 'the client does not have this flow');
  const codeChallenge = single(query, 'code_challenge');
  const method = single(query, 'code_challenge_method');
  if (method !== (codeChallenge === undefined ? undefined : 'S256'))
    throw refusal('invalid_request', 'a code_challenge and code_challenge_method=S256 go together');
  if (codeChallenge !== undefined && !isCodeChallenge(codeChallenge))
    throw refusal('invalid_request', 'the code_challenge is not a SHA-256 digest in base64url');
  const resource = single(query, 'resource');
  if (resource !== undefined && !isResource(resource))
    throw refusal('invalid_request', 'the resource is not a URL that an access token can be bound to');
  if (query.has('idp_identifier') || !['COGNITO', undefined].includes(single(query, 'identity_provider')))
    throw refusal('invalid_request', 'the emulator does not support other identity providers');
  const prompts = single(query, 'prompt')?.split(' ') ?? [];
  if (prompts.includes('none') && prompts.length > 1)
    throw refusal('invalid_request', 'prompt=none cannot be combined with other values');
  const scopes = chooseScopes(client, single(query, 'scope'));
  if (!scopes) throw refusal('invalid_scope', 'a scope that the client does not have, or that needs openid');

  return {
    ...{ pool, client, responseType, redirectUri, scopes, state, codeChallenge, resource },
    nonce: single(query, 'nonce'),
    // select_account and consent are for other identity providers.
    prompt: (['none', 'login'] as const).find((prompt) => prompts.includes(prompt)),
  };
}

/**
 * The client that a browser's request names.
 *
 * @throws UnredirectableError when there is none
 */
export function findClient(store: Store, req: Request): { pool: UserPool; client: Client } {
  const found = store.findClient(single(queryOf(req), 'client_id') ?? '', req.get('Host'));
  if (found) return found;
  throw new UnredirectableError('The client_id is not that of an app client of this user pool.');
}

export function queryOf(req: Request): URLSearchParams {
  return new URLSearchParams(req.originalUrl.replace(/^[^?]*/, ''));
}

/** The value of a parameter that occurs once; an empty one counts as absent. */
export function single(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  return value === '' || more.length > 0 ? undefined : value;
}

/**
 * The redirect URI with the response: a code in its query, tokens in its fragment
 * (https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 and #section-4.2.2), and errors likewise.
 */
export function responseUrl(
  { redirectUri, responseType, state }: Pick<AuthorizationRequest, 'redirectUri' | 'responseType' | 'state'>,
  response: Record<string, string>,
): string {
  const parameters = new URLSearchParams({ ...response, ...(state !== undefined && { state }) });
  const query = redirectUri.includes('?') ? '&' : '?';
  return `${redirectUri}${responseType === 'token' ? '#' : query}${parameters.toString()}`;
}

/** The default is all scopes of the client; `undefined` when it may not have what it requests. */
function chooseScopes(
  { allowedOAuthScopes }: Client,
  requested: string | undefined,
): readonly string[] | undefined {
  if (requested === undefined) return allowedOAuthScopes;
  const scopes = [...new Set(requested.split(' '))];
  const aboutTheUser = scopes.some((scope) => ['email', 'phone', 'profile'].includes(scope));
  if (aboutTheUser && !scopes.includes('openid')) return undefined;
  return scopes.every((scope) => allowedOAuthScopes.includes(scope)) ? scopes : undefined;
}
