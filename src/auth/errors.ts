import { type ErrorDetails, HttpError } from './http-error';

/**
 * Why a token is not accepted: a stable code for the log and the metrics, and the description for the caller.
 *
 * There is no description for what is found before the signature is verified: a client that can forge tokens must not
 * learn which check stopped it. A description never says what would be accepted, and holds only characters that RFC 6750 §3
 * allows in a challenge.
 */
export const invalidTokenDescriptions = {
  malformed_token: undefined,
  foreign_issuer: undefined,
  missing_kid: undefined,
  unknown_kid: undefined,
  algorithm_not_allowed: undefined,
  invalid_signature: undefined,
  header_not_allowed: 'The token has a header parameter that is not accepted here',
  malformed_claims: 'A claim that an access token needs is missing or malformed',
  token_expired: 'The token has expired',
  token_not_yet_valid: 'The token is not valid yet',
  not_an_access_token: 'This is not an access token (an ID token, for example, is none)',
  client_not_allowed: 'The app client of this token may not call this API',
  client_disabled: 'The app client of this token is disabled here',
  token_revoked: 'The token was revoked',
  foreign_audience: 'The token is meant for another API',
} as const satisfies Record<string, string | undefined>;

export type InvalidTokenReason = keyof typeof invalidTokenDescriptions;

/** The error codes of RFC 6750 §3.1. */
export type BearerError = 'invalid_request' | 'invalid_token' | 'insufficient_scope';

/** A request that is not authenticated or not authorized. */
export abstract class AuthError extends HttpError {
  /** The precise reason, stable: for the log and the metrics. `code` is what the caller may know of it. */
  abstract readonly reason: string;
  /** `error` of the challenge; `undefined` where the challenge names no error, or there is no challenge. */
  abstract readonly bearerError: BearerError | undefined;
}

/** No credentials, or credentials of another scheme than Bearer. */
export class MissingTokenError extends AuthError {
  override readonly name = 'MissingTokenError';
  readonly status = 401;
  readonly reason = 'missing_token';
  readonly code = 'missing_token';
  /** RFC 6750 §3.1: a request without authentication information gets no error code. */
  readonly bearerError = undefined;

  constructor() {
    super('This API needs an access token in the Authorization header');
  }
}

/** Bearer credentials that are not one well-formed token: `invalid_request` of RFC 6750 §3.1. */
export class InvalidRequestError extends AuthError {
  override readonly name = 'InvalidRequestError';
  readonly status = 400;
  readonly reason = 'malformed_authorization';
  readonly code = 'invalid_request';
  readonly bearerError = 'invalid_request';

  constructor() {
    super('The Authorization header must hold the word Bearer, a space and one token');
  }
}

/** A token that is forged, expired or not for this API: `invalid_token` of RFC 6750 §3.1. */
export class InvalidTokenError extends AuthError {
  override readonly name = 'InvalidTokenError';
  readonly status = 401;
  readonly reason: InvalidTokenReason;
  readonly code: InvalidTokenReason | 'invalid_token';
  readonly bearerError = 'invalid_token';

  constructor(reason: InvalidTokenReason, details?: ErrorDetails) {
    const description = invalidTokenDescriptions[reason];
    super(description ?? 'The access token is not valid');
    this.reason = reason;
    this.code = description === undefined ? 'invalid_token' : reason;
    this.details = details;
  }
}

/** A token that names a key which the pool, as far as is known, does not have. */
export class UnknownKidError extends InvalidTokenError {
  readonly kid: string;

  constructor(kid: string, details?: ErrorDetails) {
    super('unknown_kid', details);
    this.kid = kid;
  }
}

/** A valid token that lacks a scope: `insufficient_scope` of RFC 6750 §3.1. */
export class InsufficientScopeError extends AuthError {
  override readonly name = 'InsufficientScopeError';
  readonly status = 403;
  readonly reason = 'insufficient_scope';
  readonly code = 'insufficient_scope';
  readonly bearerError = 'insufficient_scope';
  /** All scopes that the endpoint requires, qualified. */
  readonly requiredScopes: readonly string[];

  constructor(requiredScopes: readonly string[]) {
    const named = requiredScopes.length > 0 ? `: ${requiredScopes.join(' ')}` : '';
    super(`The token lacks a scope that this endpoint needs${named}`);
    this.requiredScopes = requiredScopes;
  }
}

/** The keys to verify the token with are not available; the token may be valid. */
export class KeysUnavailableError extends AuthError {
  override readonly name = 'KeysUnavailableError';
  readonly status = 503;
  readonly reason = 'keys_unavailable';
  readonly code = 'keys_unavailable';
  readonly bearerError = undefined;

  /** @param retryAfterSeconds a whole number, for `Retry-After` (RFC 9110 §10.2.3) */
  constructor(retryAfterSeconds: number) {
    super('Access tokens cannot be verified at the moment', { 'Retry-After': String(retryAfterSeconds) });
  }
}
