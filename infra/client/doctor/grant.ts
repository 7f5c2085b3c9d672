import { readClientSecret } from '../app-client';
import { Failure } from '../failure';
import { readGivenSecret, type SecretPlace } from '../secret-place';
import type { Session } from '../session';
import { decodeToken, timeOf } from '../token';
import { requestToken, TokenRefused } from '../token-endpoint';
import { clockOffset } from './clock-offset';

/** The codes by which Cognito refuses a client, and not the request. */
const OF_THE_CLIENT = ['invalid_client', 'invalid_grant', 'unauthorized_client'];

/** How a token request went that was just made. */
export interface Grant {
  /** Whether the secret is the third party's own, and not one that Cognito gave out. */
  readonly secretGiven: boolean;
  readonly token?: string;
  /** How far Cognito's clock is ahead of this machine's, in seconds. */
  readonly clockOffset?: number;
  /** What Cognito says of the client, an error code of RFC 6749 §5.2. */
  readonly refusal?: string;
  /** Why there was no sensible answer at all. */
  readonly failure?: string;
}

/** Asks for a token with the secret that was given, else with the one that Cognito gives out. */
export async function tryGrant(
  session: Session,
  place: SecretPlace,
  clientId: string,
): Promise<Grant | undefined> {
  const given = await readGivenSecret(session, place, clientId);
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
      if (OF_THE_CLIENT.includes(code)) return { ...attempt, refusal: code };
      return { ...attempt, failure: `${tokenUrl} refuses with ${JSON.stringify(code)}` };
    }
    if (error instanceof Failure) return { ...attempt, failure: error.message };
    throw error;
  }
}
