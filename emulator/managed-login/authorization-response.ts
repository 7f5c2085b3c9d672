import { randomUUID } from 'node:crypto';
import type { AuthorizationCodes } from '../oauth2/authorization-codes';
import type { Store } from '../store/store';
import { issueUserTokens } from '../tokens/user-tokens';
import { type AuthorizationRequest, responseUrl } from './authorization-request';
import type { Session } from './sessions';

/** Where to send the browser of a user who has signed in: the client's redirect URI, with a code or with tokens. */
export function authorizationResponse(
  store: Store,
  codes: AuthorizationCodes,
  request: AuthorizationRequest,
  { user, authTime }: Session,
): string {
  const { pool, client, redirectUri, scopes, nonce, codeChallenge, resource } = request;
  if (request.responseType === 'code') {
    const { clientId } = client;
    const { username } = user;
    return responseUrl(request, {
      code: codes.add({ clientId, redirectUri, codeChallenge, username, scopes, authTime, nonce, resource }),
    });
  }
  const signIn = { user, scopes, authTime, nonce, resource, originJti: randomUUID() };
  const tokens = issueUserTokens(pool, client, signIn, store.now());
  return responseUrl(request, { ...tokens, expires_in: String(tokens.expires_in) });
}
