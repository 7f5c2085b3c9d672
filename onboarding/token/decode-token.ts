import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';

/** The contents of a token. Its signature is not verified. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Decodes a JWT without verifying it; `undefined` if it is malformed. */
export function decodeToken(token: string): DecodedToken | undefined {
  try {
    const { header, payload } = decomposeUnverifiedJwt(token);
    return { header: { ...header }, claims: { ...payload } };
  } catch {
    return undefined;
  }
}

/** The scopes of a token (RFC 6749 §3.3). */
export function scopesOf({ claims: { scope } }: DecodedToken): ReadonlySet<string> {
  return new Set(typeof scope === 'string' ? scope.split(' ') : []);
}

/** A claim that is a time (RFC 7519 §2, NumericDate); NaN if it is missing or not a number. */
export function timeOf({ claims }: DecodedToken, name: 'iat' | 'exp'): number {
  const value = claims[name];
  return typeof value === 'number' ? value : NaN;
}
