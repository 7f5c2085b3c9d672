import type { Settings } from './settings.js';
import type { GrantedToken } from './token-cache.js';

/** Longest time that the token endpoint may take. */
const TIMEOUT_MS = 10_000;

/**
 * Asks for a token with the client-credentials grant, RFC 6749 §4.4.
 *
 * @throws Error with the code of RFC 6749 §5.2, if it is refused
 */
export async function requestToken(
  settings: Pick<Settings, 'tokenUrl' | 'clientId' | 'clientSecret' | 'scopes'>,
): Promise<GrantedToken> {
  const { tokenUrl, clientId, clientSecret, scopes } = settings;
  // RFC 6749 §2.3.1: both parts are form-encoded before they become Basic credentials.
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':');
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`the token endpoint refuses: ${answer.status} ${await answer.text()}`);
  const { access_token, expires_in } = (await answer.json()) as { access_token: string; expires_in: number };
  return { accessToken: access_token, expiresIn: expires_in };
}
