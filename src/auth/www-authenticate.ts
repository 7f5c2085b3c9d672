import { type AuthError, InsufficientScopeError, InvalidRequestError, KeysUnavailableError } from './errors';

/** What every challenge of this API says beside the fault. */
export interface ChallengeOptions {
  /** The protection space, RFC 9110 §11.5. */
  readonly realm: string;
  /** URL of the protected-resource metadata, RFC 9728 §5.1. */
  readonly resourceMetadataUrl: string;
}

/** The status code of a refusal, RFC 6750 §3.1; 503 where the fault is not the caller's. */
export function statusOf(error: AuthError): 400 | 401 | 403 | 503 {
  if (error instanceof InvalidRequestError) return 400;
  if (error instanceof InsufficientScopeError) return 403;
  if (error instanceof KeysUnavailableError) return 503;
  return 401;
}

/**
 * The value of `WWW-Authenticate` for a refusal, RFC 6750 §3; `undefined` where the caller's token is not at fault.
 *
 * The texts hold no quote and no backslash, so none needs escaping: configuration and the error classes see to that.
 */
export function challenge(error: AuthError, options: ChallengeOptions): string | undefined {
  if (error instanceof KeysUnavailableError) return undefined;
  const { bearerError, message } = error;
  let value = `Bearer realm="${options.realm}"`;
  if (bearerError) value += `, error="${bearerError}", error_description="${message}"`;
  if (error instanceof InsufficientScopeError) value += `, scope="${error.requiredScopes.join(' ')}"`;
  return `${value}, resource_metadata="${options.resourceMetadataUrl}"`;
}
