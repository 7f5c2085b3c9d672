import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import {
  CognitoJwtInvalidTokenUseError,
  JwtExpiredError,
  JwtInvalidClaimError,
  JwtNotBeforeError,
} from 'aws-jwt-verify/error';
import { validateJwtFields } from 'aws-jwt-verify/jwt';
import type { CognitoAccessTokenPayload, JwtPayload } from 'aws-jwt-verify/jwt-model';
import { type Caller, toCaller } from './caller';
import { InvalidTokenError, type InvalidTokenReason, UnknownKidError } from './errors';
import { issuersOf } from './issuers';
import type { VerificationKeys } from './jwks';
import { decodeObject, type JsonObject, parseJws } from './jws';

/** Whose tokens are accepted. */
export interface AcceptedTokens {
  readonly userPoolId: string;
  /** One of these must be in `aud`, where a token has one: the names of this API (RFC 7519 §4.1.3). */
  readonly audiences: readonly string[];
}

/** How far another clock may run ahead of ours. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Header parameters that change what is signed (`crit`, `b64`) or what the payload is (`cty`), or bring a key along
 * (RFC 8725 §3.10). Cognito sends none of them.
 */
const REFUSED_PARAMETERS = ['crit', 'b64', 'cty', 'jwk', 'jku', 'x5c', 'x5u'];

/** Cognito sends no `typ`; one that names another kind of token is refused, RFC 8725 §3.11. */
const ACCEPTED_TYPES: readonly unknown[] = [undefined, 'JWT', 'at+jwt', 'application/at+jwt'];

/** What is wrong where aws-jwt-verify finds fault with claims. */
const faultOfLibraryError = new Map<unknown, InvalidTokenReason>([
  [JwtExpiredError, 'token_expired'],
  [JwtNotBeforeError, 'token_not_yet_valid'],
  [CognitoJwtInvalidTokenUseError, 'not_an_access_token'],
]);

/**
 * A function that turns a token into its caller, gives `undefined` where the token names none of the keys, or throws an
 * InvalidTokenError that says what is wrong. It judges by the given keys alone, and remembers nothing but the headers of
 * tokens that those keys have signed.
 *
 * The function checks encoding, issuer in either of the pool's forms, algorithm (RS256), `kid`, signature, header
 * parameters, `exp`, `nbf`, `iat`, `sub`, `token_use`, that there is a `client_id`, and `aud` where there is one
 * (RFC 7519 §7.2, RFC 8725 §3). It does not look at scopes, nor at whether the app client may call.
 */
export function createAccessTokenVerifier(
  { userPoolId, audiences }: AcceptedTokens,
  keys: VerificationKeys,
): (token: string) => Caller {
  const issuers: readonly unknown[] = Object.values(issuersOf(userPoolId));
  const publicKeys = new Map<string, KeyObject>();
  for (const [kid, jwk] of keys) publicKeys.set(kid, createPublicKey({ format: 'jwk', key: jwk }));

  const keyOf = ({ alg, kid }: JsonObject): KeyObject => {
    // The algorithm is that of the keys, never the token's choice: RFC 8725 §3.1.
    if (alg !== 'RS256') throw new InvalidTokenError('algorithm_not_allowed');
    if (typeof kid !== 'string') throw new InvalidTokenError('missing_kid');
    const key = publicKeys.get(kid);
    if (!key) throw new UnknownKidError(kid);
    return key;
  };
  /** Headers that stood under a good signature and were accepted. Cognito writes one for each key. */
  const keysByHeader = new Map<string, KeyObject>();

  return (token) => {
    const { header, payload, signingInput, signature } = parseJws(token);
    // Before the `kid`, so that another pool's token causes no fetch of keys.
    if (!issuers.includes(payload['iss'])) throw new InvalidTokenError('foreign_issuer');
    const knownKey = keysByHeader.get(header);
    const key = knownKey ?? keyOf(decodeObject(header));
    if (!verify('sha256', signingInput, key, signature)) throw new InvalidTokenError('invalid_signature');
    if (!knownKey) {
      assertHeader(decodeObject(header));
      keysByHeader.set(header, key);
    }
    assertClaims(payload, audiences);
    return toCaller(payload);
  };
}

function assertHeader(header: JsonObject): void {
  if (REFUSED_PARAMETERS.some((name) => name in header) || !ACCEPTED_TYPES.includes(header['typ']))
    throw new InvalidTokenError('header_not_allowed');
}

function assertClaims(
  claims: JsonObject,
  audiences: readonly string[],
): asserts claims is CognitoAccessTokenPayload {
  if (!isWellFormed(claims)) throw new InvalidTokenError('malformed_claims');
  const payload = claims as CognitoAccessTokenPayload;
  try {
    validateJwtFields(payload, { issuer: null, audience: null, graceSeconds: CLOCK_TOLERANCE_SECONDS });
    validateCognitoJwtFields(payload, { tokenUse: 'access', clientId: null });
  } catch (error) {
    throw faultOf(error);
  }
  // What the library does not look at (`iat`), or would demand of every token (`aud`, a certain `client_id`).
  const { client_id, iat, aud } = payload as Partial<typeof payload> & Pick<JwtPayload, 'aud'>;
  if (!client_id) throw new InvalidTokenError('malformed_claims');
  if (iat !== undefined && iat - CLOCK_TOLERANCE_SECONDS > Date.now() / 1000)
    throw new InvalidTokenError('token_not_yet_valid');
  if (aud !== undefined && ![aud].flat().some((name) => audiences.includes(name)))
    throw new InvalidTokenError('foreign_audience');
}

/** Whether claims are of their types, and `exp` and `sub` are there. An ID token passes, to be called one by what follows. */
function isWellFormed(claims: JsonObject): boolean {
  const { exp, nbf, iat, sub, client_id, aud, scope, jti, username } = claims;
  const groups = claims['cognito:groups'];
  return (
    isTime(exp) &&
    (nbf === undefined || isTime(nbf)) &&
    (iat === undefined || isTime(iat)) &&
    isText(sub) &&
    sub !== '' &&
    (aud === undefined || isText(aud) || isTexts(aud)) &&
    (groups === undefined || isTexts(groups)) &&
    [client_id, scope, jti, username].every((text) => text === undefined || isText(text))
  );
}

function isTime(value: unknown): boolean {
  return Number.isFinite(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

/** A new release of the library may refuse a claim in a way that is not known here; the token is refused then too. */
function faultOf(error: unknown): unknown {
  // An `exp` or `nbf` beyond what a Date can hold, which the library's text would tell.
  if (error instanceof RangeError) return new InvalidTokenError('malformed_claims');
  if (!(error instanceof JwtInvalidClaimError)) return error;
  return new InvalidTokenError(faultOfLibraryError.get(error.constructor) ?? 'malformed_claims');
}
