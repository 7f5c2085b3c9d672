import { GetClientTokenCommand } from '@aws-sdk/client-cognito-identity-provider';
import { regionOf } from '../../src/auth/issuers';
import { sendRequest } from '../send-request';
import { CommandError, exitCodes } from '../command-error';
import { parseJsonObject } from '../parse-json-object';
import type { Session } from '../session';

/** A token request of a client. */
export interface TokenRequest {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Qualified scopes; an empty list requests every scope of the client. */
  readonly scopes: readonly string[];
}

/** Cognito refuses the client or the request. */
export class TokenRefused extends CommandError {
  override readonly name = 'TokenRefused';
  override readonly code: string;

  /** @param code of RFC 6749 §5.2, or the name of the exception of GetClientToken */
  constructor(source: string, code: string) {
    super(
      `${source} refuses with ${JSON.stringify(code)}: ${CAUSES[code] ?? 'the cause is not known'}.`,
      exitCodes.failed,
      code,
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
  NotAuthorizedException: 'the secret is wrong, or was retired',
  ResourceNotFoundException: 'there is no such client',
  InvalidParameterException:
    'the client is disabled, or does not have one of the scopes, or has another flow than ALLOW_CLIENT_TOKEN_AUTH',
};

/** Codes that mean that the secret is wrong, or was retired. */
export const WRONG_SECRET: readonly string[] = ['invalid_client', 'NotAuthorizedException'];

/** Where clients get their tokens: the token endpoint or, where the user pool has no domain, GetClientToken. */
export function tokenSource({ tokenUrl, userPoolId }: Session['deployment']): string {
  return tokenUrl ?? `GetClientToken of Amazon Cognito in ${regionOf(userPoolId)}`;
}

/**
 * Requests an access token with the client-credentials grant (RFC 6749 §4.4) or, where the user pool has no token
 * endpoint, with GetClientToken.
 *
 * @throws TokenRefused, or CommandError if the answer is not usable
 */
export async function requestToken(
  { cognito, deployment }: Pick<Session, 'cognito' | 'deployment'>,
  request: TokenRequest,
): Promise<string> {
  const { tokenUrl } = deployment;
  return tokenUrl === undefined ? getClientToken(cognito, request) : postTokenRequest(tokenUrl, request);
}

async function postTokenRequest(tokenUrl: string, request: TokenRequest): Promise<string> {
  const { clientId, clientSecret, scopes } = request;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  });
  const answer = await sendRequest(tokenUrl, { method: 'POST', body });
  const { access_token: token, error } = parseJsonObject(await answer.text());
  if (answer.ok && typeof token === 'string') return token;
  if (typeof error === 'string') throw new TokenRefused('The token endpoint', error);
  throw new CommandError(
    `${tokenUrl} answers ${answer.status} and no token: is it the token endpoint of the pool's domain?`,
  );
}

async function getClientToken(
  cognito: Session['cognito'],
  { clientId: ClientId, clientSecret: Secret, scopes }: TokenRequest,
): Promise<string> {
  try {
    const { ClientAuthenticationResult } = await cognito.send(
      new GetClientTokenCommand({ ClientId, Secret, ...(scopes.length > 0 && { Scopes: [...scopes] }) }),
    );
    return ClientAuthenticationResult?.AccessToken ?? '';
  } catch (error) {
    if (error instanceof Error && Object.hasOwn(CAUSES, error.name))
      throw new TokenRefused('GetClientToken', error.name);
    throw error;
  }
}
