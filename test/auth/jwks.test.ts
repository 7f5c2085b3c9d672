import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { sameKeys, UnusableJwksError, parseJwks } from '../../src/auth/jwks';
import { signingKey } from '../support/user-pool';

type Jwk = Record<string, unknown>;

const good = signingKey({ kid: 'good' }).jwk;
const other = signingKey({ kid: 'other' }).jwk;

/** A good key with another kid and changed members; `undefined` removes one. */
function changed(members: Jwk): Jwk {
  const all: Jwk = { ...other, kid: 'changed', ...members };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const;
const publicKeyEncoding = { type: 'spki', format: 'pem' } as const;

function jwk(pem: string): Jwk {
  return createPublicKey(pem).export({ format: 'jwk' });
}

/** Not the product of two primes, which takes seconds to find and nothing here looks for. */
function rsa(modulusLength: number, e = 'AQAB'): Jwk {
  const modulus = randomBytes(Math.ceil(modulusLength / 8));
  const first = 1 << ((modulusLength - 1) % 8);
  modulus[0] = (modulus[0]! & (first - 1)) | first;
  modulus[modulus.length - 1]! |= 1;
  return changed({ n: base64url(...modulus), e });
}

function ec(): Jwk {
  const options = { namedCurve: 'P-256', privateKeyEncoding, publicKeyEncoding };
  const { publicKey } = generateKeyPairSync('ec', options);
  return { ...jwk(publicKey), kid: 'changed', use: 'sig', alg: 'ES256' };
}

function okp(): Jwk {
  const { publicKey } = generateKeyPairSync('ed25519', { privateKeyEncoding, publicKeyEncoding });
  return { ...jwk(publicKey), kid: 'changed', use: 'sig', alg: 'EdDSA' };
}

function base64url(...bytes: number[]): string {
  return Buffer.from(bytes).toString('base64url');
}

describe('a JWK Set', () => {
  it('has every good key by its kid', () => {
    const { keys, skipped } = parseJwks({ keys: [good, other] });
    expect([...keys.keys()]).toEqual(['good', 'other']);
    expect(keys.get('good')).toEqual(good);
    expect(skipped).toBe(0);
  });

  it('has only those members of a key that verification needs', () => {
    const { keys } = parseJwks({ keys: [{ ...good, x5u: 'https://example.com', d: 'AQAB' }] });
    expect(keys.get('good')).toEqual(good);
  });

  it.each([
    ['2048 bits', rsa(2048)],
    ['2056 bits', rsa(2056)],
    ['3072 bits', rsa(3072)],
    ['an exponent over 65537', rsa(2048, 'AQAD')],
  ])('may have a key of %s', (_, key) => {
    expect([...parseJwks({ keys: [key] }).keys.keys()]).toEqual(['changed']);
  });

  it.each(['__proto__', 'constructor', 'toString', 'a b', '../etc/passwd', 'ключ'])(
    'may have a key whose kid is %j',
    (kid) => {
      const { keys } = parseJwks({ keys: [good, changed({ kid })] });
      expect([...keys.keys()]).toEqual(['good', kid]);
    },
  );

  it('may have other members beside its keys', () => {
    expect(parseJwks({ keys: [good], issuer: 'x' }).keys.size).toBe(1);
  });
});

describe('a key that is skipped and counted:', () => {
  const cases: [string, () => unknown][] = [
    ['an EC key', ec],
    ['an EC key with alg RS256', () => ({ ...ec(), alg: 'RS256' })],
    ['an OKP key', okp],
    ['a symmetric key', () => ({ kty: 'oct', k: 'c2VjcmV0', kid: 'changed', alg: 'HS256', use: 'sig' })],
    ['a symmetric key with alg RS256', () => ({ kty: 'oct', k: 'c2VjcmV0', kid: 'changed', alg: 'RS256' })],
    ['a key without kty', () => changed({ kty: undefined })],
    ['a kty in lower case', () => changed({ kty: 'rsa' })],
    ['a key for RS384', () => changed({ alg: 'RS384' })],
    ['a key for RS512', () => changed({ alg: 'RS512' })],
    ['a key for PS256', () => changed({ alg: 'PS256' })],
    ['a key for HS256', () => changed({ alg: 'HS256' })],
    ['a key for encryption by its alg', () => changed({ alg: 'RSA-OAEP' })],
    ['a key without alg', () => changed({ alg: undefined })],
    ['an alg in lower case', () => changed({ alg: 'rs256' })],
    ['an alg in an array', () => changed({ alg: ['RS256'] })],
    ['a key for encryption by its use', () => changed({ use: 'enc' })],
    ['a key without use', () => changed({ use: undefined })],
    ['a key of 1024 bits', () => rsa(1024)],
    ['a key of 2047 bits', () => rsa(2047)],
    ['the exponent 1', () => changed({ e: base64url(1) })],
    ['the exponent 3', () => rsa(2048, 'Aw')],
    ['the exponent 65535', () => changed({ e: base64url(0xff, 0xff) })],
    ['an even exponent', () => changed({ e: base64url(1, 0, 2) })],
    ['the exponent 0', () => changed({ e: base64url(0) })],
    ['an empty exponent', () => changed({ e: '' })],
    ['a key without e', () => changed({ e: undefined })],
    ['an e that is a number', () => changed({ e: 65_537 })],
    ['a key without n', () => changed({ n: undefined })],
    ['an empty n', () => changed({ n: '' })],
    ['an n that is not a text', () => changed({ n: [other['n']] })],
    ['an n with padding', () => changed({ n: `${String(other['n'])}=` })],
    ['an n with a line feed after it', () => changed({ n: `${String(other['n'])}\n` })],
    ['an n in base64 with +', () => changed({ n: `++++${String(other['n']).slice(4)}` })],
    ['an e with padding', () => changed({ e: 'AQAB=' })],
    ['an n that is not base64', () => changed({ n: '!!!' })],
    ['a key without kid', () => changed({ kid: undefined })],
    ['an empty kid', () => changed({ kid: '' })],
    ['a kid that is a number', () => changed({ kid: 1 })],
    ['a kid that is null', () => changed({ kid: null })],
    ['a kid that is an object', () => changed({ kid: {} })],
    ['null', () => null],
    ['an array', () => [other]],
    ['a text', () => 'key'],
    ['a number', () => 1],
    ['an empty object', () => ({})],
  ];

  it.each(cases)('%s', (_, key) => {
    const { keys, skipped } = parseJwks({ keys: [key(), good] });
    expect([...keys.keys()]).toEqual(['good']);
    expect(skipped).toBe(1);
  });

  it.each(cases)('%s, and a document of nothing else is refused', (_, key) => {
    expect(() => parseJwks({ keys: [key()] })).toThrow(new UnusableJwksError('no usable key among 1'));
  });

  it('all of two keys that share a kid', () => {
    const { keys, skipped } = parseJwks({ keys: [other, good, changed({ kid: 'other', e: 'AQAD' })] });
    expect([...keys.keys()]).toEqual(['good']);
    expect(skipped).toBe(2);
  });

  it('all of three keys that share a kid', () => {
    const { keys, skipped } = parseJwks({ keys: [other, other, good, other] });
    expect([...keys.keys()]).toEqual(['good']);
    expect(skipped).toBe(3);
  });
});

describe('a document is refused:', () => {
  it('with an error of a name of its own', () => {
    expect(() => parseJwks(null)).toThrow(expect.objectContaining({ name: 'UnusableJwksError' }));
  });

  it.each<[string, unknown, string?]>([
    ['null', null],
    ['a text', 'keys'],
    ['a number', 1],
    ['an array of keys', [good]],
    ['an object without keys', {}],
    ['keys that are null', { keys: null }],
    ['keys that are an object', { keys: { good } }],
    ['keys that are a text', { keys: 'good' }],
    ['no keys', { keys: [] }, 'no usable key among 0'],
    ['two keys that share a kid and nothing else', { keys: [good, good] }, 'no usable key among 2'],
    ['a key that is not in a set', good],
  ])('%s', (_, document, message = 'not a JWK Set') => {
    expect(() => parseJwks(document)).toThrow(new UnusableJwksError(message));
  });
});

describe('two JWK Sets have the same keys', () => {
  const keysOf = (...keys: Jwk[]) => parseJwks({ keys }).keys;
  const sets: [string, boolean, Jwk[]][] = [
    ['if they are equal', true, [good, other]],
    ['in another order', true, [other, good]],
    ['beside keys that are skipped', true, [good, other, changed({ alg: 'RS512' })]],
    ['but not if a key is missing', false, [good]],
    ['but not if a key is added', false, [good, other, changed({})]],
    ['but not if a kid differs', false, [good, changed({})]],
    ['but not if the modulus of a kid differs', false, [good, { ...good, kid: 'other' }]],
    ['but not if the exponent of a kid differs', false, [good, { ...other, e: 'AQAD' }]],
  ];

  it.each(sets)('%s', (_, same, keys) => {
    expect(sameKeys(keysOf(good, other), keysOf(...keys))).toBe(same);
  });
});
