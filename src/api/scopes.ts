/**
 * The scope catalogue: every scope of this API, with the description that people see.
 *
 * Names are bare; in a token and in a challenge they stand behind the resource server's identifier
 * (`<identifier>/users.read`). A name may not contain `/` (Cognito) or a space (RFC 6749 §3.3).
 */
export const scopes = {
  'users.read': 'Read users',
  'users.write': 'Create, change and delete users',
} as const;

/** The name of a scope in the catalogue. */
export type ScopeName = keyof typeof scopes;
