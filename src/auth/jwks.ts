import { createPublicKey } from 'node:crypto';

/** A key that verifies tokens: RSA of at least 2048 bits, for RS256 signatures only. */
export type VerificationKey = Readonly<
  { kty: 'RSA'; alg: 'RS256'; use: 'sig' } & Record<'kid' | 'n' | 'e', string>
>;

/** The keys of a pool by their `kid`. Never changed; other keys are another object. */
export type VerificationKeys = ReadonlyMap<string, VerificationKey>;

/** A document that is not a JWK Set, or has no usable key. */
export class UnusableJwksError extends Error {
  override readonly name = 'UnusableJwksError';
}

/**
 * The usable keys of a JWK Set (RFC 7517 §5), and how many others it has.
 *
 * Cognito publishes RSA keys with `alg` RS256 and `use` sig. Any other key, a weak or malformed one, and all keys that
 * share a `kid` are skipped: the algorithm is a property of the key, never the token's choice (RFC 8725 §3.1, §3.5).
 *
 * @throws UnusableJwksError if the document is not a JWK Set, or has no usable key
 */
export function parseJwks(document: unknown): { keys: VerificationKeys; skipped: number } {
  const members = isObject(document) ? document['keys'] : undefined;
  if (!Array.isArray(members)) throw new UnusableJwksError('not a JWK Set');
  const keys = new Map<string, VerificationKey>();
  const repeated = new Set<string>();
  for (const member of members) {
    const key = verificationKey(member);
    if (!key) continue;
    if (keys.has(key.kid)) repeated.add(key.kid);
    keys.set(key.kid, key);
  }
  for (const kid of repeated) keys.delete(kid);
  if (keys.size === 0) throw new UnusableJwksError(`no usable key among ${members.length}`);
  return { keys, skipped: members.length - keys.size };
}

/** Whether both have the same keys under the same `kid`s. */
export function sameKeys(a: VerificationKeys, b: VerificationKeys): boolean {
  return (
    a.size === b.size &&
    [...a.values()].every(({ kid, n, e }) => {
      const other = b.get(kid);
      return other?.n === n && other.e === e;
    })
  );
}

function verificationKey(jwk: unknown): VerificationKey | undefined {
  if (!isObject(jwk) || jwk['kty'] !== 'RSA' || jwk['alg'] !== 'RS256' || jwk['use'] !== 'sig')
    return undefined;
  const { kid, n, e } = jwk;
  if (typeof kid !== 'string' || !kid || !isBase64url(n) || !isBase64url(e)) return undefined;
  const key: VerificationKey = { kid, kty: 'RSA', alg: 'RS256', use: 'sig', n, e };
  return isStrong(key) ? key : undefined;
}

/** NIST SP 800-56B §6.4: a modulus of 2048 bits or more, an odd exponent of 65537 or more. */
function isStrong({ kty, n, e }: VerificationKey): boolean {
  const key = createPublicKey({ format: 'jwk', key: { kty, n, e } });
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails as {
    modulusLength: number;
    publicExponent: bigint;
  };
  return modulusLength >= 2048 && publicExponent >= 65_537n && publicExponent % 2n === 1n;
}

/** Node's decoder ignores what is not base64url. */
function isBase64url(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]+$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
