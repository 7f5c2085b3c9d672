import { type AuthError, InsufficientScopeError } from './errors';

/** What every challenge of this API says, whatever the error. */
export interface ChallengeOptions {
  /** The protection space, RFC 9110 §11.5. */
  readonly realm: string;
  /** URL of the protected-resource metadata, RFC 9728 §5.1. */
  readonly resourceMetadataUrl: string;
}

/**
 * The value of `WWW-Authenticate`, RFC 6750 §3.
 *
 * Nothing is escaped: the options and the error classes hold no quotes and no backslashes.
 */
export function wwwAuthenticate(error: AuthError, { realm, resourceMetadataUrl }: ChallengeOptions): string {
  const parameters = [`realm="${realm}"`];
  if (error.bearerError)
    parameters.push(`error="${error.bearerError}"`, `error_description="${error.message}"`);
  if (error instanceof InsufficientScopeError) parameters.push(`scope="${error.requiredScopes.join(' ')}"`);
  parameters.push(`resource_metadata="${resourceMetadataUrl}"`);
  return `Bearer ${parameters.join(', ')}`;
}
