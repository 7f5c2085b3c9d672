import { ask } from './ask';
import { Failure } from './failure';
import { parseJsonObject } from './json-object';

/** What a client asks the token endpoint for. */
export interface TokenRequest {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Qualified scopes; none asks for all that the client has. */
  readonly scopes: readonly string[];
}

/** The token endpoint says no: an error code of RFC 6749 §5.2. */
export class TokenRefused extends Failure {
  readonly code: string;

  constructor(code: string) {
    super(
      `The token endpoint refuses with ${JSON.stringify(code)}: ${CAUSES[code] ?? 'the cause is not known'}. \`client doctor\` says more.`,
    );
    this.code = code;
  }
}

/** Cognito's use of the codes. */
const CAUSES: Readonly<Record<string, string>> = {
  invalid_client: 'the secret is wrong, or was retired',
  invalid_grant: 'the client is disabled',
  unauthorized_client: 'the client may not use the client_credentials flow',
  invalid_scope: 'the client does not have one of the scopes',
};

/**
 * Gets an access token with the client-credentials grant (RFC 6749 §4.4).
 *
 * @throws TokenRefused, or Failure if there is no answer that makes sense
 */
export async function requestToken(request: TokenRequest): Promise<string> {
  const { tokenUrl, clientId, clientSecret, scopes } = request;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  });
  const answer = await ask(tokenUrl, { method: 'POST', body });
  const { access_token: token, error } = parseJsonObject(await answer.text());
  if (answer.ok && typeof token === 'string') return token;
  if (typeof error === 'string') throw new TokenRefused(error);
  throw new Failure(
    `${tokenUrl} answers ${answer.status} and no token: is it the token endpoint of the pool's domain?`,
  );
}
