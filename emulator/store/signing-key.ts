import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { UserPool } from './state';

/** A key as Cognito publishes it. */
export interface PublishedKey {
  alg: 'RS256';
  e: string;
  kid: string;
  kty: 'RSA';
  n: string;
  use: 'sig';
}

/**
 * Makes a private key like Cognito's: RSA, 2048 bits.
 *
 * It is read from PEM: Node 20 waits for itself forever where it exports a key while it collects what has generated it.
 */
export function createSigningKey(modulusLength = 2048): KeyObject {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return createPrivateKey(privateKey);
}

/** The public half of a private RSA key, as a member of a JWK set. */
export function publish(privateKey: KeyObject): PublishedKey {
  const { e = '', n = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { alg: 'RS256', e, kid: thumbprint(e, n), kty: 'RSA', n, use: 'sig' };
}

/** The keys that verifiers may see: that of ID tokens first, then those of access tokens, newest first. */
export function publishedKeys({ idKey, accessKey, previousAccessKey }: UserPool): PublishedKey[] {
  return [idKey, accessKey, ...(previousAccessKey ? [previousAccessKey] : [])].map(publish);
}

/** https://www.rfc-editor.org/rfc/rfc7638#section-3: the required members in lexicographic order, hashed. */
function thumbprint(e: string, n: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url');
}

/**
 * Signs claims as a compact JWS (https://www.rfc-editor.org/rfc/rfc7515#section-7.1) with RS256. The header
 * is Cognito's: `kid` and `alg`, and no `typ`.
 */
export function signJwt(claims: object, privateKey: KeyObject): string {
  const header = { kid: publish(privateKey).kid, alg: 'RS256' };
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}
