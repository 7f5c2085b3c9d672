import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { parseScopes } from '../../src/auth/scopes';

/** What a token says of itself. Nobody has looked whether that is true. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Reads a JWT without verifying it; `undefined` if it is none. */
export function decodeToken(token: string): DecodedToken | undefined {
  try {
    const { header, payload } = decomposeUnverifiedJwt(token);
    return { header: { ...header }, claims: { ...payload } };
  } catch {
    return undefined;
  }
}

/** The scopes that a token holds. */
export function scopesOf({ claims: { scope } }: DecodedToken): ReadonlySet<string> {
  return parseScopes(typeof scope === 'string' ? scope : undefined);
}

/** A claim that is a time (RFC 7519 §2, NumericDate); NaN where it is missing or no number. */
export function timeOf({ claims }: DecodedToken, name: 'iat' | 'exp'): number {
  const value = claims[name];
  return typeof value === 'number' ? value : NaN;
}
