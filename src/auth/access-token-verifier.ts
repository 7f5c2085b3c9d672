import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import {
  CognitoJwtInvalidTokenUseError,
  JwtExpiredError,
  JwtInvalidClaimError,
  JwtNotBeforeError,
} from 'aws-jwt-verify/error';
import { validateJwtFields } from 'aws-jwt-verify/jwt';
import type { JwtHeader, JwtPayload } from 'aws-jwt-verify/jwt-model';
import type { Explain } from './auth-observer';
import { type AccessTokenClaims, type Caller, toCaller } from './caller';
import { decodeJwt } from './decode-jwt';
import { InvalidTokenError, type InvalidTokenReason, UnknownKidError } from './errors';
import { issuersOf } from './issuers';
import type { VerificationKeys } from './jwks';

/** Whose tokens are accepted. */
export interface AcceptedTokens {
  readonly userPoolId: string;
  /** One of these must be in `aud`, where a token has one: the names of this API (RFC 7519 §4.1.3). */
  readonly audiences: readonly string[];
}

/** How far another clock may be ahead of ours. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Header parameters that change what is signed (`crit`, `b64`) or what the payload is (`cty`), or that bring a key along
 * (RFC 8725 §3.10). Cognito sends none of them.
 */
const REFUSED_PARAMETERS = ['crit', 'b64', 'cty', 'jwk', 'jku', 'x5c', 'x5u'];

/** Cognito sends no `typ`; one that names another kind of token is refused, RFC 8725 §3.11. */
const ACCEPTED_TYPES: readonly unknown[] = [undefined, 'JWT', 'at+jwt', 'application/at+jwt'];

/** The most that is logged of a claim or header parameter, in UTF-16 code units. */
const MAX_LOGGED_LENGTH = 200;

/** What the errors of aws-jwt-verify about claims mean here. */
const reasonsOfLibraryErrors = new Map<unknown, InvalidTokenReason>([
  [JwtExpiredError, 'token_expired'],
  [JwtNotBeforeError, 'token_not_yet_valid'],
  [CognitoJwtInvalidTokenUseError, 'not_an_access_token'],
]);

/**
 * Creates a function that verifies an access token with these keys alone, and remembers nothing.
 *
 * It checks the encoding, the issuer (in either of the pool's forms), the algorithm (RS256), `kid`, the signature, header
 * parameters, `exp` and `nbf` (with a tolerance of 5 s), `iat`, `sub`, `token_use`, that there is a `client_id`, and `aud`
 * where there is one (RFC 7519 §7.2, RFC 8725 §3). It does not check scopes, nor whether the app client may call.
 *
 * @returns a function from token to caller, which explains what it sees if asked to; it throws an InvalidTokenError, which is
 *   an UnknownKidError if the token names none of the keys
 */
export function createAccessTokenVerifier(
  { userPoolId, audiences }: AcceptedTokens,
  keys: VerificationKeys,
): (token: string, explain?: Explain) => Caller {
  const issuers: readonly (string | undefined)[] = Object.values(issuersOf(userPoolId));
  const publicKeys = new Map<string, KeyObject>();
  for (const [kid, jwk] of keys) publicKeys.set(kid, createPublicKey({ format: 'jwk', key: jwk }));

  return (token, explain) => {
    const { header, payload, signingInput, signature } = decodeJwt(token);
    explain?.('token decoded, not verified yet', summaryOf(header, payload));
    // Before the `kid`, so that a token of another pool causes no fetch of keys.
    if (!issuers.includes(payload.iss))
      throw new InvalidTokenError('foreign_issuer', {
        tokenIss: bounded(payload.iss),
        tokenKid: bounded(header.kid),
      });
    // The algorithm is that of the keys, never the token's choice: RFC 8725 §3.1.
    if (header.alg !== 'RS256') throw new InvalidTokenError('algorithm_not_allowed');
    if (header.kid === undefined) throw new InvalidTokenError('missing_kid');
    const key = publicKeys.get(header.kid);
    if (!key) throw new UnknownKidError(header.kid, { tokenKid: bounded(header.kid) });
    if (!verify('sha256', signingInput, key, signature)) throw new InvalidTokenError('invalid_signature');
    try {
      assertHeader(header);
      assertClaims(payload, audiences);
    } catch (error) {
      throw withClientId(error, payload);
    }
    return toCaller(payload);
  };
}

/** Names the client of a verified token that is refused. */
function withClientId(error: unknown, { client_id: clientId }: JwtPayload): unknown {
  if (error instanceof InvalidTokenError && isText(clientId)) error.details = { clientId: bounded(clientId) };
  return error;
}

/** What a token says of itself, without its signature and what may be personal. */
function summaryOf(header: JwtHeader, payload: JwtPayload): Readonly<Record<string, unknown>> {
  const { iss, aud, client_id: clientId, token_use: tokenUse, scope, iat, exp } = payload;
  const texts = { iss, aud, clientId, tokenUse, scope, alg: header.alg, kid: header.kid };
  const shown = Object.entries<unknown>(texts).flatMap(([name, text]) =>
    isText(text) ? [[name, bounded(text)] as const] : [],
  );
  return { ...Object.fromEntries<unknown>(shown), iat, exp };
}

function bounded(text: string | undefined): string | undefined {
  return text?.slice(0, MAX_LOGGED_LENGTH);
}

function assertHeader(header: JwtHeader): void {
  if (REFUSED_PARAMETERS.some((name) => name in header) || !ACCEPTED_TYPES.includes(header['typ']))
    throw new InvalidTokenError('header_not_allowed');
}

function assertClaims(
  payload: JwtPayload,
  audiences: readonly string[],
): asserts payload is JwtPayload & AccessTokenClaims {
  const { exp, sub, iat, aud, client_id, username, 'cognito:groups': groups } = payload;
  if (exp === undefined || !sub) throw new InvalidTokenError('malformed_claims');
  try {
    validateJwtFields(payload, { issuer: null, audience: null, graceSeconds: CLOCK_TOLERANCE_SECONDS });
    validateCognitoJwtFields(payload, {
      tokenUse: 'access',
      clientId: null,
    });
  } catch (error) {
    throw invalidToken(error);
  }
  // What the library does not check (`iat`, types of Cognito's own claims), or only if every token has it (`aud`).
  if (!isText(client_id) || client_id === '') throw new InvalidTokenError('malformed_claims');
  if (username !== undefined && !isText(username)) throw new InvalidTokenError('malformed_claims');
  if (groups !== undefined && !isTexts(groups)) throw new InvalidTokenError('malformed_claims');
  if (iat !== undefined && iat - CLOCK_TOLERANCE_SECONDS > Date.now() / 1000)
    throw new InvalidTokenError('token_not_yet_valid');
  if (aud !== undefined && ![aud].flat().some((name) => audiences.includes(name)))
    throw new InvalidTokenError('foreign_audience');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

/** A new release of the library may refuse a claim in a way that is not known here; the token is refused then too. */
function invalidToken(error: unknown): unknown {
  // The library fails to write a time that is beyond the range of Date.
  if (error instanceof RangeError) return new InvalidTokenError('malformed_claims');
  if (!(error instanceof JwtInvalidClaimError)) return error;
  return new InvalidTokenError(reasonsOfLibraryErrors.get(error.constructor) ?? 'malformed_claims');
}
