import { parseScopes } from './scopes';

/** The claims of an access token that are used here, once they are verified. */
export interface AccessTokenClaims {
  readonly client_id: string;
  readonly sub: string;
  readonly scope?: string;
  readonly iat?: number;
  readonly exp: number;
  readonly jti?: string;
  readonly username?: string;
  readonly 'cognito:groups'?: readonly string[];
}

/** Who calls, from the claims of a verified access token. Shared between requests, hence frozen. */
export interface Caller {
  /** The app client that the token was issued to (`client_id`). */
  readonly clientId: string;
  /** `sub`: the app client itself, or the user who signed in. */
  readonly subject: string;
  /** Qualified scopes, as the token has them. */
  readonly scopes: ReadonlySet<string>;
  /** `iat`, where the token has one: seconds since the epoch. */
  readonly issuedAt: number | undefined;
  /** `exp`: seconds since the epoch. */
  readonly expiresAt: number;
  /** `jti`, where the token has one. */
  readonly tokenId: string | undefined;
  /** `username` of a signed-in user; machine clients have none. */
  readonly username: string | undefined;
  /** `cognito:groups` of a signed-in user. */
  readonly groups: readonly string[];
}

/** The caller that the claims of an accepted token describe. */
export function toCaller(claims: AccessTokenClaims): Caller {
  return Object.freeze({
    clientId: claims.client_id,
    subject: claims.sub,
    scopes: parseScopes(claims.scope),
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    tokenId: claims.jti,
    username: claims.username,
    groups: Object.freeze(claims['cognito:groups'] ?? []),
  });
}
