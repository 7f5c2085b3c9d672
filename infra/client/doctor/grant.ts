import { readClientSecret } from '../app-client';
import { Failure } from '../failure';
import { readGivenSecret, type SecretPlace } from '../secret-place';
import type { Session } from '../session';
import { decodeToken, timeOf } from '../token';
import { requestToken, TokenRefused } from '../token-endpoint';

/** How a token request went that was just made. */
export interface Grant {
  /** Whether the secret is the third party's own, and not one that Cognito gave out. */
  readonly secretGiven: boolean;
  /** Seconds since the epoch. */
  readonly requestedAt: number;
  readonly token?: string;
  /** When it was issued, by Cognito's clock; seconds since the epoch. */
  readonly issuedAt?: number;
  /** The error code of a refusal. */
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
  const attempt = { secretGiven: given !== undefined, requestedAt: Date.now() / 1000 };
  try {
    const { tokenUrl } = session.deployment;
    const token = await requestToken({ tokenUrl, clientId, clientSecret, scopes: [] });
    const decoded = decodeToken(token);
    return { ...attempt, token, ...(decoded && { issuedAt: timeOf(decoded, 'iat') }) };
  } catch (error) {
    if (error instanceof TokenRefused) return { ...attempt, refusal: error.code };
    if (error instanceof Failure) return { ...attempt, failure: error.message };
    throw error;
  }
}
