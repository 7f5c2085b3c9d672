import { HttpError } from './http-error';

/**
 * Why a token is not accepted, by a stable code for the log and the metrics.
 *
 * The value is what the caller may read. It is `undefined` where the fault was found before the signature was
 * verified: whoever can forge a token learns nothing about which check stopped it. A text never says what would
 * pass, and keeps to the characters of RFC 6750 §3.
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
  foreign_audience: 'The token is meant for another API',
} as const satisfies Record<string, string | undefined>;

/** A fault of a token. */
export type InvalidTokenReason = keyof typeof invalidTokenDescriptions;

/** The error codes of RFC 6750 §3.1. */
export type BearerError = 'invalid_request' | 'invalid_token' | 'insufficient_scope';

/** A request that may not go on. Knows nothing of status codes and headers. */
export abstract class AuthError extends HttpError {
  /** The precise reason, stable: for the log and the metrics. */
  abstract readonly reason: string;
  /** The public code, stable: for the caller. */
  abstract readonly code: string;
  /** What a challenge calls it; `undefined` where a challenge names no error, or is not given. */
  abstract readonly bearerError: BearerError | undefined;
}

/** No credentials, or those of another scheme than Bearer. */
export class MissingTokenError extends AuthError {
  override readonly name = 'MissingTokenError';
  readonly reason = 'missing_token';
  readonly code = 'missing_token';
  /** None: a request without credentials gets a bare challenge, RFC 6750 §3.1. */
  readonly bearerError = undefined;

  constructor() {
    super('This API needs an access token: Authorization: Bearer <token>');
  }
}

/** Bearer credentials that are not one well-formed token: `invalid_request` of RFC 6750 §3.1. */
export class InvalidRequestError extends AuthError {
  override readonly name = 'InvalidRequestError';
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
  readonly reason: InvalidTokenReason;
  readonly code: InvalidTokenReason | 'invalid_token';
  readonly bearerError = 'invalid_token';

  constructor(reason: InvalidTokenReason) {
    const description = invalidTokenDescriptions[reason];
    super(description ?? 'The access token is not valid');
    this.reason = reason;
    this.code = description === undefined ? 'invalid_token' : reason;
  }
}

/** A good token that lacks a scope: `insufficient_scope` of RFC 6750 §3.1. */
export class InsufficientScopeError extends AuthError {
  override readonly name = 'InsufficientScopeError';
  readonly reason = 'insufficient_scope';
  readonly code = 'insufficient_scope';
  readonly bearerError = 'insufficient_scope';
  /** All scopes that the endpoint asks for, qualified. */
  readonly requiredScopes: readonly string[];

  constructor(requiredScopes: readonly string[]) {
    super('The token lacks a scope that this endpoint needs');
    this.requiredScopes = requiredScopes;
  }
}

/** The keys to judge the token by are not there; the token may well be good. */
export class KeysUnavailableError extends AuthError {
  override readonly name = 'KeysUnavailableError';
  readonly reason = 'keys_unavailable';
  readonly code = 'keys_unavailable';
  readonly bearerError = undefined;
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('Access tokens cannot be verified at the moment');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
