import { type AppClient, readClientSecret } from '../cognito/app-client';
import { CommandError } from '../command-error';
import { readGivenSecret, type SecretLocation } from '../secret-location';
import type { Session } from '../session';
import { decodeToken, timeOf } from '../token/decode-token';
import { requestToken, tokenSource, TokenRefused, WRONG_SECRET } from '../token/request-token';
import { clockOffset } from './clock-offset';

/** Codes with which Cognito refuses the client rather than the request. */
const CLIENT_REFUSALS = [
  ...WRONG_SECRET,
  'invalid_grant',
  'unauthorized_client',
  'ResourceNotFoundException',
  'InvalidParameterException',
];

/** The outcome of a token request. */
export interface Grant {
  /** Whether the operator gave the secret; else Cognito returned it. */
  readonly secretGiven: boolean;
  readonly token?: string;
  /** How far Cognito's clock is ahead of this machine's, in seconds. */
  readonly clockOffset?: number;
  /** Why Cognito refuses the client: an error code of RFC 6749 §5.2, or the name of an exception of GetClientToken. */
  readonly refusal?: string;
  /** Why there was no usable answer. */
  readonly failure?: string;
}

/** Requests a token with the given secret, else with the one that Cognito returns. */
export async function tryGrant(
  session: Session,
  location: SecretLocation,
  client: AppClient,
): Promise<Grant | undefined> {
  const { clientId } = client;
  const given = await readGivenSecret(session, location, client);
  const clientSecret = given?.clientSecret ?? (await readClientSecret(session, clientId));
  if (clientSecret === undefined) return undefined;
  const attempt = { secretGiven: given !== undefined };
  const askedAt = Date.now() / 1000;
  try {
    const token = await requestToken(session, { clientId, clientSecret, scopes: [] });
    const decoded = decodeToken(token);
    const issuedAt = decoded ? timeOf(decoded, 'iat') : NaN;
    return { ...attempt, token, clockOffset: clockOffset(issuedAt, askedAt, Date.now() / 1000) };
  } catch (error) {
    if (error instanceof TokenRefused) {
      const { code } = error;
      if (CLIENT_REFUSALS.includes(code)) return { ...attempt, refusal: code };
      return {
        ...attempt,
        failure: `${tokenSource(session.deployment)} refuses with ${JSON.stringify(code)}`,
      };
    }
    if (error instanceof CommandError) return { ...attempt, failure: error.message };
    throw error;
  }
}
