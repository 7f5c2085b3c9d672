import { hasFlow } from './allowed-flow';
import type { OAuthErrorCode } from './oauth-error';
import { isCodeChallenge } from './pkce';
import type { Client, UserPool } from '../store/state';
import type { UserPools } from '../store/store';

/** What a client asks of a user's browser: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 and #section-4.2.1 */
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
}

/** A request that is not answered with a redirect, since nothing says that the address is the client's. */
export class UnanswerableError extends Error {}

/** A request is refused, which its client learns from the parameters that are added to its own address. */
export class AuthorizationError extends Error {
  readonly code: OAuthErrorCode;
  readonly location: string;

  constructor(code: OAuthErrorCode, message: string, location: string) {
    super(message);
    this.code = code;
    this.location = location;
  }
}

/**
 * Reads an authorization request. The redirect URI must be one of the client's, character by character
 * (https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3). A code challenge is never a must, even for a public client;
 * where there is one, its method is S256.
 *
 * @param host The Host header.
 * @throws UnanswerableError when client or redirect URI are wrong
 * @throws AuthorizationError for everything else
 */
export function readAuthorizationRequest(
  pools: UserPools,
  host: string | undefined,
  query: URLSearchParams,
): AuthorizationRequest {
  const known = findClient(pools, host, query);
  const redirectUri = single(query, 'redirect_uri');
  if (redirectUri === undefined || !known.client.callbackUrls.includes(redirectUri))
    throw new UnanswerableError('The redirect_uri is not one of the callback URLs of the app client.');

  const given = single(query, 'response_type');
  const responseType = given === 'token' ? given : 'code';
  const state = single(query, 'state');
  const refusal = (code: OAuthErrorCode, reason: string) =>
    new AuthorizationError(code, reason, responseUrl({ redirectUri, responseType, state }, { error: code }));

  if (new Set(query.keys()).size < query.size) throw refusal('invalid_request', 'a parameter is repeated');
  if (given !== responseType) throw refusal('invalid_request', 'response_type is neither code nor token');
  if (!hasFlow(known.client, responseType === 'token' ? 'implicit' : 'code'))
    throw refusal('unauthorized_client', 'the client does not have this flow');
  const codeChallenge = single(query, 'code_challenge');
  const method = single(query, 'code_challenge_method');
  if (method !== (codeChallenge === undefined ? undefined : 'S256'))
    throw refusal('invalid_request', 'a code_challenge and code_challenge_method=S256 go together');
  if (codeChallenge !== undefined && !isCodeChallenge(codeChallenge))
    throw refusal('invalid_request', 'the code_challenge is not a SHA-256 digest in base64url');
  const scopes = chooseScopes(known.client, single(query, 'scope'));
  if (!scopes) throw refusal('invalid_scope', 'a scope that the client does not have, or that needs openid');

  return { ...known, responseType, redirectUri, scopes, state, nonce: single(query, 'nonce'), codeChallenge };
}

/**
 * The client that a browser's request names.
 *
 * @throws UnanswerableError when there is none
 */
export function findClient(
  pools: UserPools,
  host: string | undefined,
  query: URLSearchParams,
): { pool: UserPool; client: Client } {
  const known = pools.findClient(single(query, 'client_id') ?? '', host);
  if (known) return known;
  throw new UnanswerableError('The client_id is not that of an app client of this user pool.');
}

/** The value of a parameter that is there once; empty counts as absent. */
export function single(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  return value === '' || more.length > 0 ? undefined : value;
}

/**
 * The client's address with the answer: a code in its query, tokens in its fragment
 * (https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 and #section-4.2.2), and errors likewise.
 */
export function responseUrl(
  { redirectUri, responseType, state }: Pick<AuthorizationRequest, 'redirectUri' | 'responseType' | 'state'>,
  answer: Record<string, string>,
): string {
  const parameters = new URLSearchParams({ ...answer, ...(state !== undefined && { state }) });
  const query = redirectUri.includes('?') ? '&' : '?';
  return `${redirectUri}${responseType === 'token' ? '#' : query}${parameters.toString()}`;
}

/** `undefined` when the client may not have what it asks for. Without asking it gets all that it may have. */
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
