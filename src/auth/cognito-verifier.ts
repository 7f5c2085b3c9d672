import { CognitoJwtVerifier } from 'aws-jwt-verify';
import * as libraryErrors from 'aws-jwt-verify/error';
import type { JwtHeader, JwtPayload } from 'aws-jwt-verify/jwt-model';
import { type Caller, toCaller } from './caller';
import { InvalidTokenError, type TokenFault } from './errors';
import type { VerificationKeys } from './jwks';

/** Whose tokens are accepted. */
export interface AcceptedTokens {
  readonly userPoolId: string;
  /** App clients that may call. */
  readonly clientIds: readonly string[];
  /** The resource server's identifier, which an `aud` must name where there is one. */
  readonly identifier: string;
}

/** How far another clock may run ahead of ours. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Three parts of base64url without padding and without stray bits in a last character (RFC 7515 §2), so that a token
 * has one spelling only.
 */
const CANONICAL_JWT = (() => {
  const part = '(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?';
  return new RegExp(`^${part}\\.${part}\\.${part}$`);
})();

/**
 * Header parameters that change what is signed (`crit`, `b64`) or what the payload is (`cty`), or bring a key along
 * (RFC 8725 §3.10). Cognito sends none of them.
 */
const REFUSED_PARAMETERS = ['crit', 'b64', 'cty', 'jwk', 'jku', 'x5c', 'x5u'];

/** Cognito sends no `typ`; one that names another kind of token is refused, RFC 8725 §3.11. */
const ACCEPTED_TYPES: readonly unknown[] = [undefined, 'JWT', 'at+jwt', 'application/at+jwt'];

/** What each error of aws-jwt-verify means here. A class that a new release adds fails the type check. */
export const meaningOfLibraryError: Readonly<
  Record<keyof typeof libraryErrors, TokenFault | 'keys_unavailable'>
> = {
  JwtParseError: 'malformed_token',
  // Thrown where no issuer of the pool is the token's.
  ParameterValidationError: 'foreign_issuer',
  JwtInvalidIssuerError: 'foreign_issuer',
  JwtWithoutValidKidError: 'missing_kid',
  KidNotFoundInJwksError: 'unknown_kid',
  WaitPeriodNotYetEndedJwkError: 'unknown_kid',
  JwtInvalidSignatureAlgorithmError: 'algorithm_not_allowed',
  NotSupportedError: 'algorithm_not_allowed',
  JwtInvalidSignatureError: 'invalid_signature',
  JwtExpiredError: 'token_expired',
  JwtNotBeforeError: 'token_not_yet_valid',
  CognitoJwtInvalidTokenUseError: 'not_an_access_token',
  CognitoJwtInvalidClientIdError: 'client_not_allowed',
  JwtInvalidAudienceError: 'foreign_audience',
  JwtInvalidClaimError: 'malformed_claims',
  // Not asked for here: scopes are all-of, and decided per endpoint.
  JwtInvalidScopeError: 'malformed_claims',
  CognitoJwtInvalidGroupError: 'malformed_claims',
  // Of a load balancer's own tokens.
  AlbJwtInvalidClientIdError: 'malformed_token',
  AlbJwtInvalidSignerError: 'malformed_token',
  AlbJwksNotExposedError: 'malformed_token',
  // Families, whose members stand above and below.
  FailedAssertionError: 'malformed_token',
  JwtBaseError: 'malformed_token',
  // Our keys are at fault, not the token.
  JwksNotAvailableInCacheError: 'keys_unavailable',
  JwksValidationError: 'keys_unavailable',
  JwkValidationError: 'keys_unavailable',
  JwkInvalidUseError: 'keys_unavailable',
  JwkInvalidKtyError: 'keys_unavailable',
  FetchError: 'keys_unavailable',
  NonRetryableFetchError: 'keys_unavailable',
};
const meaningOfClass = new Map<unknown, TokenFault | 'keys_unavailable'>(
  Object.entries(meaningOfLibraryError).map(([name, meaning]) => [
    libraryErrors[name as keyof typeof libraryErrors],
    meaning,
  ]),
);

/**
 * A function that turns a token into its caller, or says what is wrong with it. It judges by the given keys alone and
 * never fetches any: other keys need another function, so nothing that the library remembers can outlive a key.
 *
 * The function checks encoding, `kid`, signature (RS256: the keys allow nothing else), issuer in either of the pool's
 * forms, `exp`, `nbf`, `iat`, `sub`, `aud` where there is one, `token_use` and `client_id` (RFC 7519 §7.2, RFC 8725 §3).
 * It does not look at scopes. It throws InvalidTokenError, or whatever `keysUnavailable` makes where the library finds
 * fault with a key.
 */
export function createCognitoVerifier(
  { userPoolId, clientIds, identifier }: AcceptedTokens,
  keys: VerificationKeys,
  keysUnavailable: () => Error,
): (token: string) => Caller {
  const verifier = CognitoJwtVerifier.create({
    userPoolId,
    tokenUse: 'access',
    clientId: [...clientIds],
    graceSeconds: CLOCK_TOLERANCE_SECONDS,
    customJwtCheck: ({ header, payload }) => {
      assertHeader(header);
      assertClaims(payload, identifier);
    },
  });
  verifier.cacheJwks({ keys: [...keys.values()] });
  return (token) => {
    if (!CANONICAL_JWT.test(token)) throw new InvalidTokenError('malformed_token');
    const { stackTraceLimit } = Error;
    // Node makes and drops errors where a key is given with options, as the library does; a stack each is half the time.
    Error.stackTraceLimit = 1;
    try {
      return toCaller(verifier.verifySync(token));
    } catch (error) {
      // An `exp` or `nbf` beyond what a Date can hold.
      if (error instanceof RangeError) throw new InvalidTokenError('malformed_claims');
      const meaning = meaningOfClass.get((error as Error).constructor);
      if (meaning === undefined) throw error;
      throw meaning === 'keys_unavailable' ? keysUnavailable() : new InvalidTokenError(meaning);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

/** What the library does not look at in a header. Its signature is good by now. */
function assertHeader(header: JwtHeader): void {
  const parameters: Record<string, unknown> = { ...header };
  if (REFUSED_PARAMETERS.some((name) => name in parameters) || !ACCEPTED_TYPES.includes(parameters['typ']))
    throw new InvalidTokenError('header_not_allowed');
}

/** What the library does not look at in the claims. It has checked the type of those that RFC 7519 registers. */
function assertClaims(claims: JwtPayload, identifier: string): void {
  const { exp, sub, iat, aud, username } = claims;
  const groups = claims['cognito:groups'];
  const wellFormed =
    exp !== undefined &&
    Boolean(sub) &&
    (username === undefined || typeof username === 'string') &&
    (groups === undefined || (Array.isArray(groups) && groups.every((group) => typeof group === 'string')));
  if (!wellFormed) throw new InvalidTokenError('malformed_claims');
  if (iat !== undefined && iat - CLOCK_TOLERANCE_SECONDS > Date.now() / 1000)
    throw new InvalidTokenError('token_not_yet_valid');
  // An ID token has its client as audience: that it is no access token is the better thing to say.
  if (aud !== undefined && ![aud].flat().includes(identifier) && claims['token_use'] !== 'id')
    throw new InvalidTokenError('foreign_audience');
}
