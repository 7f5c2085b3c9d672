import { sendRequest } from '../send-request';
import { CommandError } from '../command-error';
import { parseJsonObject } from '../parse-json-object';

/** A token request of a client. */
export interface TokenRequest {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Qualified scopes; an empty list requests every scope of the client. */
  readonly scopes: readonly string[];
}

/** The token endpoint refuses, with an error code of RFC 6749 §5.2. */
export class TokenRefused extends CommandError {
  readonly code: string;

  constructor(code: string) {
    super(
      `The token endpoint refuses with ${JSON.stringify(code)}: ${CAUSES[code] ?? 'the cause is not known'}. \`client doctor\` says more.`,
    );
    this.code = code;
  }
}

/** What Cognito means by each code. */
const CAUSES: Readonly<Record<string, string>> = {
  invalid_client: 'the secret is wrong, or was retired',
  invalid_grant: 'the client is disabled',
  unauthorized_client: 'the client may not use the client_credentials flow',
  invalid_scope: 'the client does not have one of the scopes',
};

/**
 * Requests an access token with the client-credentials grant (RFC 6749 §4.4).
 *
 * @throws TokenRefused, or CommandError if the answer is not usable
 */
export async function requestToken(request: TokenRequest): Promise<string> {
  const { tokenUrl, clientId, clientSecret, scopes } = request;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  });
  const answer = await sendRequest(tokenUrl, { method: 'POST', body });
  const { access_token: token, error } = parseJsonObject(await answer.text());
  if (answer.ok && typeof token === 'string') return token;
  if (typeof error === 'string') throw new TokenRefused(error);
  throw new CommandError(
    `${tokenUrl} answers ${answer.status} and no token: is it the token endpoint of the pool's domain?`,
  );
}
