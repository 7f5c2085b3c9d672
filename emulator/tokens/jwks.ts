import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { UserPool } from '../store/state';

/** A public key as Cognito publishes it. */
export interface PublicJwk {
  alg: 'RS256';
  e: string;
  kid: string;
  kty: 'RSA';
  n: string;
  use: 'sig';
}

/** The JWKS of a user pool: the key of ID tokens first, then those of access tokens, newest first. */
export function jwksOf({ idKey, accessKey, previousAccessKey }: UserPool): { keys: PublicJwk[] } {
  return { keys: [idKey, accessKey, ...(previousAccessKey ? [previousAccessKey] : [])].map(publicJwk) };
}

/** The public half of a private RSA key. */
export function publicJwk(privateKey: KeyObject): PublicJwk {
  const { e = '', n = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { alg: 'RS256', e, kid: thumbprint(e, n), kty: 'RSA', n, use: 'sig' };
}

/** https://www.rfc-editor.org/rfc/rfc7638#section-3: the required members in lexicographic order, hashed. */
function thumbprint(e: string, n: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url');
}
