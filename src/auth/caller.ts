import type { CognitoAccessTokenPayload } from 'aws-jwt-verify/jwt-model';
import { parseScopes } from './scopes';

/** Who calls, as a verified access token says. Shared between requests, hence frozen. */
export interface Caller {
  /** The app client that the token was issued to (`client_id`). */
  readonly clientId: string;
  /** `sub`: the app client itself, or the user who signed in. */
  readonly subject: string;
  /** Qualified scopes, as they stand in the token. */
  readonly scopes: ReadonlySet<string>;
  /** `exp`: seconds since the epoch. */
  readonly expiresAt: number;
  /** `jti`, where the token has one. */
  readonly tokenId: string | undefined;
  /** `username` of a signed-in user; machine clients have none. */
  readonly username: string | undefined;
  /** `cognito:groups` of a signed-in user. */
  readonly groups: readonly string[];
}

/** The caller that the claims of an accepted token speak of. */
export function toCaller(claims: CognitoAccessTokenPayload): Caller {
  return Object.freeze({
    clientId: claims.client_id,
    subject: claims.sub,
    scopes: parseScopes(claims.scope),
    expiresAt: claims.exp,
    tokenId: claims.jti,
    username: claims.username,
    groups: Object.freeze(claims['cognito:groups'] ?? []),
  });
}
