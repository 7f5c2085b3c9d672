import { readClientSecret } from '../cognito/app-client';
import { CommandError } from '../command-error';
import { readGivenSecret, type SecretLocation } from '../secret-location';
import type { Session } from '../session';
import { decodeToken, timeOf } from '../token/decode-token';
import { requestToken, TokenRefused } from '../token/request-token';
import { clockOffset } from './clock-offset';

/** Codes with which Cognito refuses the client rather than the request. */
const CLIENT_REFUSALS = ['invalid_client', 'invalid_grant', 'unauthorized_client'];

/** The outcome of a token request. */
export interface Grant {
  /** Whether the operator gave the secret; else Cognito returned it. */
  readonly secretGiven: boolean;
  readonly token?: string;
  /** How far Cognito's clock is ahead of this machine's, in seconds. */
  readonly clockOffset?: number;
  /** Why Cognito refuses the client: an error code of RFC 6749 §5.2. */
  readonly refusal?: string;
  /** Why there was no usable answer. */
  readonly failure?: string;
}

/** Requests a token with the given secret, else with the one that Cognito returns. */
export async function tryGrant(
  session: Session,
  location: SecretLocation,
  clientId: string,
): Promise<Grant | undefined> {
  const given = await readGivenSecret(session, location, clientId);
  const clientSecret = given?.clientSecret ?? (await readClientSecret(session, clientId));
  if (clientSecret === undefined) return undefined;
  const attempt = { secretGiven: given !== undefined };
  const { tokenUrl } = session.deployment;
  const askedAt = Date.now() / 1000;
  try {
    const token = await requestToken({ tokenUrl, clientId, clientSecret, scopes: [] });
    const decoded = decodeToken(token);
    const issuedAt = decoded ? timeOf(decoded, 'iat') : NaN;
    return { ...attempt, token, clockOffset: clockOffset(issuedAt, askedAt, Date.now() / 1000) };
  } catch (error) {
    if (error instanceof TokenRefused) {
      const { code } = error;
      if (CLIENT_REFUSALS.includes(code)) return { ...attempt, refusal: code };
      return { ...attempt, failure: `${tokenUrl} refuses with ${JSON.stringify(code)}` };
    }
    if (error instanceof CommandError) return { ...attempt, failure: error.message };
    throw error;
  }
}
