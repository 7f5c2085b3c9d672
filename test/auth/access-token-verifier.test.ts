import assert from 'node:assert/strict';
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import * as libraryErrors from 'aws-jwt-verify/error';
import * as libraryJwt from 'aws-jwt-verify/jwt';
import type { Caller } from '../../src/auth/caller';
import { createAccessTokenVerifier } from '../../src/auth/access-token-verifier';
import { InvalidTokenError } from '../../src/auth/errors';
import { parseJwks } from '../../src/auth/jwks';
import {
  CLIENT_ID,
  encoded,
  IDENTIFIER,
  publicPem,
  signed,
  type SigningKey,
  signingKey,
  UserPool,
} from '../support/user-pool';
import { freezeTime, NOW_SECONDS } from './fixture';

const PUBLIC_URL = 'https://things.example.com';
const OTHER_CLIENT_ID = '2testclient00000000000000b';
const KID = 'the-pools-key';

const pool = new UserPool('eu-central-1_Test00001', signingKey({ kid: KID }));
const attacker = signingKey({ kid: KID });
const oddKey = signingKey({ kid: 'odd', bits: 2056 });

const callerOf = verifierWith(pool.jwks);

beforeEach(freezeTime);
afterEach(() => void jest.useRealTimers());

/** The verifier under test, with the library's own as referee: what that refuses must not be accepted. */
function verifierWith(jwks: { keys: Record<string, unknown>[] }): (token: string) => Caller {
  const { keys } = parseJwks(jwks);
  const verify = createAccessTokenVerifier(
    { userPoolId: pool.id, audiences: [IDENTIFIER, PUBLIC_URL] },
    keys,
  );
  const referee = CognitoJwtVerifier.create({
    userPoolId: pool.id,
    tokenUse: 'access',
    clientId: [CLIENT_ID, OTHER_CLIENT_ID],
    graceSeconds: 5,
  });
  referee.cacheJwks({ keys: [...keys.values()] });
  return (token) => {
    const caller = verify(token);
    referee.verifySync(token);
    return caller;
  };
}

/** The reason of a refusal; the caller if the token is accepted. */
function reasonOf(token: string, verify = callerOf): unknown {
  try {
    return verify(token);
  } catch (error) {
    if (error instanceof InvalidTokenError) return error.reason;
    throw error;
  }
}

type Parts = [header: string, payload: string, signature: string];

function parts(token = pool.token()): Parts {
  return token.split('.') as Parts;
}

function bytes(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}

/** A signature over any text. */
function signature(input: string, key = pool.key): string {
  return sign('sha256', Buffer.from(input), key.privateKey).toString('base64url');
}

/** Any header and the claims of a good token, signed by any function. */
function tokenSignedBy(header: object, signer: (input: string) => Buffer | string): string {
  const input = `${encoded(header)}.${parts()[1]}`;
  return `${input}.${Buffer.from(signer(input)).toString('base64url')}`;
}

/** A good token whose JSON text is edited before it is signed. */
function withText(part: 'header' | 'payload', edit: (json: string) => string): string {
  const [header, payload] = parts();
  return part === 'header'
    ? signed(edit(bytes(header)), bytes(payload), pool.key.privateKey)
    : signed(bytes(header), edit(bytes(payload)), pool.key.privateKey);
}

type Case = [behaviour: string, token: () => string, reason?: string];

describe('refuses the algorithm', () => {
  const pem = publicPem(pool.key);
  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const edKey = generateKeyPairSync('ed25519').privateKey;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const { privateKey } = pool.key;

  it.each<Case>([
    [
      'none, without a signature',
      () => tokenSignedBy({ alg: 'none', kid: KID }, () => ''),
      'malformed_token',
    ],
    ['none, with a signature', () => tokenSignedBy({ alg: 'none', kid: KID }, () => 'x')],
    ['none, with the signature of the key', () => pool.token({ header: { alg: 'none' } })],
    ['NONE', () => pool.token({ header: { alg: 'NONE' } })],
    ['of an empty text', () => pool.token({ header: { alg: '' } })],
    ['that is missing', () => pool.token({ header: { alg: undefined } })],
    ['null', () => pool.token({ header: { alg: null } }), 'malformed_token'],
    ['that is a number', () => pool.token({ header: { alg: 256 } }), 'malformed_token'],
    ['in an array', () => pool.token({ header: { alg: ['RS256'] } }), 'malformed_token'],
    ['rs256', () => pool.token({ header: { alg: 'rs256' } })],
    ['RS256 with a space', () => pool.token({ header: { alg: 'RS256 ' } })],
    [
      'HS256 with the public key as secret',
      () => tokenSignedBy({ alg: 'HS256', kid: KID }, (i) => createHmac('sha256', pem).update(i).digest()),
    ],
    [
      'HS256 with the modulus as secret',
      () =>
        tokenSignedBy({ alg: 'HS256', kid: KID }, (i) =>
          createHmac('sha256', String(pool.key.jwk['n'])).update(i).digest(),
        ),
    ],
    [
      'HS256 with an empty secret',
      () => tokenSignedBy({ alg: 'HS256', kid: KID }, (i) => createHmac('sha256', '').update(i).digest()),
    ],
    [
      'RS384 of the right key',
      () => tokenSignedBy({ alg: 'RS384', kid: KID }, (i) => sign('sha384', Buffer.from(i), privateKey)),
    ],
    [
      'RS512 of the right key',
      () => tokenSignedBy({ alg: 'RS512', kid: KID }, (i) => sign('sha512', Buffer.from(i), privateKey)),
    ],
    [
      'PS256 of the right key',
      () =>
        tokenSignedBy({ alg: 'PS256', kid: KID }, (i) =>
          sign('sha256', Buffer.from(i), { key: privateKey, ...pss }),
        ),
    ],
    [
      'ES256 of another key',
      () =>
        tokenSignedBy({ alg: 'ES256', kid: KID }, (i) =>
          sign('sha256', Buffer.from(i), { key: ecKey, dsaEncoding: 'ieee-p1363' }),
        ),
    ],
    [
      'EdDSA of another key',
      () => tokenSignedBy({ alg: 'EdDSA', kid: KID }, (i) => sign(null, Buffer.from(i), edKey)),
    ],
    [
      'RS256 in name and PS256 in fact',
      () =>
        tokenSignedBy({ alg: 'RS256', kid: KID }, (i) =>
          sign('sha256', Buffer.from(i), { key: privateKey, ...pss }),
        ),
      'invalid_signature',
    ],
    [
      'RS256 in name and RS512 in fact',
      () => tokenSignedBy({ alg: 'RS256', kid: KID }, (i) => sign('sha512', Buffer.from(i), privateKey)),
      'invalid_signature',
    ],
    [
      'RS256 in name and SHA-1 in fact',
      () => tokenSignedBy({ alg: 'RS256', kid: KID }, (i) => sign('sha1', Buffer.from(i), privateKey)),
      'invalid_signature',
    ],
  ])('%s', (_, token, reason = 'algorithm_not_allowed') => {
    expect(reasonOf(token())).toBe(reason);
  });
});

describe('refuses the signature', () => {
  it.each<Case>([
    ['of another key', () => pool.token({ key: attacker })],
    [
      'of a token whose payload was changed',
      () => {
        const [header, payload, mac] = parts();
        return [header, encoded(bytes(payload).replace('things.read', 'things.root')), mac].join('.');
      },
    ],
    [
      'of a token whose header was changed',
      () => {
        const [header, payload, mac] = parts();
        return [encoded(bytes(header).replace('}', ',"typ":"JWT"}')), payload, mac].join('.');
      },
    ],
    [
      'of another token',
      () => [...parts().slice(0, 2), parts(pool.token({ claims: { jti: 'other' } }))[2]].join('.'),
    ],
    [
      'without its last byte',
      () =>
        [
          ...parts().slice(0, 2),
          Buffer.from(parts()[2], 'base64url').subarray(0, -1).toString('base64url'),
        ].join('.'),
    ],
    ['of a single byte', () => [...parts().slice(0, 2), 'AA'].join('.')],
    ['of zeros', () => [...parts().slice(0, 2), Buffer.alloc(256).toString('base64url')].join('.')],
    [
      'with bytes after it',
      () =>
        [
          ...parts().slice(0, 2),
          Buffer.concat([Buffer.from(parts()[2], 'base64url'), Buffer.alloc(2)]).toString('base64url'),
        ].join('.'),
    ],
    ['over the payload alone', () => [...parts().slice(0, 2), signature(parts()[1])].join('.')],
    [
      'over decoded parts',
      () => [...parts().slice(0, 2), signature(parts().slice(0, 2).map(bytes).join('.'))].join('.'),
    ],
  ])('%s', (_, token) => {
    expect(reasonOf(token())).toBe('invalid_signature');
  });

  it.each([0, 100, 255])('with bit 0 of byte %d flipped', (index) => {
    const [header, payload, mac] = parts();
    const flipped = Buffer.from(mac, 'base64url');
    flipped.writeUInt8(flipped.readUInt8(index) ^ 1, index);
    expect(reasonOf([header, payload, flipped.toString('base64url')].join('.'))).toBe('invalid_signature');
  });
});

describe('a key that the token brings along', () => {
  const elsewhere = 'https://attacker.example.com/jwks.json';
  const brought: [string, Record<string, unknown>][] = [
    ['jwk', { jwk: attacker.jwk }],
    ['jku', { jku: elsewhere }],
    ['x5u', { x5u: elsewhere }],
    ['x5c', { x5c: ['MIIB'] }],
    ['all of them', { jwk: attacker.jwk, jku: elsewhere, x5u: elsewhere, x5c: ['MIIB'] }],
  ];

  it.each(brought)('does not verify the token: %s', (_, header) => {
    expect(reasonOf(pool.token({ key: attacker, header }))).toBe('invalid_signature');
  });

  it.each(brought)('does not verify the token under another kid: %s', (_, header) => {
    expect(reasonOf(pool.token({ key: attacker, header: { ...header, kid: 'evil' } }))).toBe('unknown_kid');
  });

  it.each(brought)('is refused even with a good signature: %s', (_, header) => {
    expect(reasonOf(pool.token({ header }))).toBe('header_not_allowed');
  });

  it("is refused even if it is the pool's own", () => {
    expect(reasonOf(pool.token({ header: { jwk: pool.key.jwk } }))).toBe('header_not_allowed');
  });
});

describe('refuses the header parameter', () => {
  it.each<[string, Record<string, unknown>]>([
    ['crit', { crit: ['exp'] }],
    ['crit, empty', { crit: [] }],
    ['crit, null', { crit: null }],
    ['crit, of a parameter that the header has', { crit: ['urn:example:x'], 'urn:example:x': true }],
    ['b64, false and critical', { b64: false, crit: ['b64'] }],
    ['b64, false', { b64: false }],
    ['b64, true', { b64: true }],
    ['cty, of a nested token', { cty: 'JWT' }],
    ['cty, empty', { cty: '' }],
    ['typ, of a logout token', { typ: 'logout+jwt' }],
    ['typ, of a DPoP proof', { typ: 'dpop+jwt' }],
    ['typ, of an encrypted token', { typ: 'JWE' }],
    ['typ, empty', { typ: '' }],
    ['typ, null', { typ: null }],
    ['typ, in an array', { typ: ['JWT'] }],
  ])('%s', (_, header) => {
    expect(reasonOf(pool.token({ header }))).toBe('header_not_allowed');
  });
});

describe('accepts the header parameter', () => {
  it.each(['JWT', 'at+jwt', 'application/at+jwt'])('typ %s', (typ) => {
    expect(reasonOf(pool.token({ header: { typ } }))).toHaveProperty('clientId');
  });

  it('that has no meaning here', () => {
    expect(reasonOf(pool.token({ header: { 'urn:example:x': 1 } }))).toHaveProperty('clientId');
  });
});

describe('refuses the kid', () => {
  it.each<Case>([
    ['that is missing', () => pool.token({ header: { kid: undefined } }), 'missing_kid'],
    ['null', () => pool.token({ header: { kid: null } }), 'malformed_token'],
    ['that is a number', () => pool.token({ header: { kid: 1 } }), 'malformed_token'],
    ['in an array', () => pool.token({ header: { kid: [KID] } }), 'malformed_token'],
    ['that is an object', () => pool.token({ header: { kid: { kid: KID } } }), 'malformed_token'],
    ['of an empty text', () => pool.token({ header: { kid: '' } })],
    ['a path to an empty file', () => pool.token({ header: { kid: '../../../../dev/null' } })],
    ['SQL', () => pool.token({ header: { kid: "x' UNION SELECT 'key" } })],
    ['__proto__', () => pool.token({ header: { kid: '__proto__' } })],
    ['constructor', () => pool.token({ header: { kid: 'constructor' } })],
    ['toString', () => pool.token({ header: { kid: 'toString' } })],
    ['in other case', () => pool.token({ header: { kid: KID.toUpperCase() } })],
    ['with a space after it', () => pool.token({ header: { kid: `${KID} ` } })],
    ['with a NUL after it', () => pool.token({ header: { kid: `${KID}\0` } })],
    ['without its last character', () => pool.token({ header: { kid: KID.slice(0, -1) } })],
    ['of another pool', () => pool.token({ key: signingKey({ kid: 'foreign' }) })],
    ['of a hundred thousand characters', () => pool.token({ header: { kid: 'k'.repeat(100_000) } })],
    [
      'with invalid UTF-8',
      () => signed('?', bytes(parts()[1]), pool.key.privateKey).replace(/^[^.]+/, invalidUtf8Kid()),
      'malformed_token',
    ],
  ])('%s', (_, token, reason = 'unknown_kid') => {
    expect(reasonOf(token())).toBe(reason);
  });

  function invalidUtf8Kid(): string {
    return Buffer.from(`{"kid":"${KID}\xff","alg":"RS256"}`, 'latin1').toString('base64url');
  }
});

describe('a token has one spelling:', () => {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

  /** A key whose signatures have 256 bytes or 257. */
  function keyOf(over: 1 | 2): SigningKey {
    return over === 1 ? pool.key : oddKey;
  }

  /** The parts of a token, each of which has so many bytes more than a multiple of three. */
  function uneven(over: 1 | 2): Parts {
    const pad = (json: string): string => json.padEnd(Math.ceil(json.length / 3) * 3 + over, ' ');
    const [header, payload] = parts(pool.token({ key: keyOf(over) }));
    return parts(signed(pad(bytes(header)), pad(bytes(payload)), keyOf(over).privateKey));
  }

  /** Another text that decodes to the same bytes. */
  function strayBit(part: string): string {
    return part.slice(0, -1) + ALPHABET.charAt(ALPHABET.indexOf(part.slice(-1)) + 1);
  }

  const names = ['header', 'payload', 'signature'];
  const spellings: [string, (part: string) => string][] = [
    ['padded', (part) => part.padEnd(Math.ceil(part.length / 4) * 4, '=')],
    ['padded once', (part) => `${part}=`],
    ['padded three times', (part) => `${part}===`],
    ['with a stray bit', strayBit],
    ['with a character too many', (part) => `${part.padEnd(Math.ceil(part.length / 4) * 4, 'A')}A`],
    ['with a space after it', (part) => `${part} `],
    ['with a space before it', (part) => ` ${part}`],
    ['with a space within', (part) => `${part.slice(0, 4)} ${part.slice(4)}`],
    ['with a line feed after it', (part) => `${part}\n`],
    ['with a line feed within', (part) => `${part.slice(0, 4)}\n${part.slice(4)}`],
    ['with a plus', (part) => `++++${part.slice(4)}`],
    ['with a slash', (part) => `////${part.slice(4)}`],
    ['with a NUL', (part) => `${part}\0`],
    ['with a character beyond ASCII', (part) => `${part}ä`],
    ['percent-encoded', (part) => `%65${part.slice(1)}`],
  ];

  const verify = verifierWith({ keys: [pool.key.jwk, oddKey.jwk] });

  describe.each([1, 2] as const)('where a part has %d bytes more than a multiple of three', (over) => {
    it.each(
      names.flatMap((name, index) => spellings.map(([how, spell]) => [name, how, index, spell] as const)),
    )('refuses a %s %s', (_name, _how, index, spell) => {
      const respelled = uneven(over);
      respelled[index] = spell(respelled[index]!);
      // It is signed in this spelling, so nothing but the spelling is wrong.
      if (index < 2) respelled[2] = signature(`${respelled[0]}.${respelled[1]}`, keyOf(over));
      expect(reasonOf(respelled.join('.'), verify)).toBe('malformed_token');
    });

    it('accepts the right spelling', () => {
      expect(reasonOf(uneven(over).join('.'), verify)).toHaveProperty('clientId');
    });

    it('accepts any last character of the signature', () => {
      const key = keyOf(over);
      for (let i = 0; i < 100; i += 1)
        expect(reasonOf(pool.token({ key, claims: { jti: String(i) } }), verify)).toHaveProperty('clientId');
    });
  });
});

describe('refuses as malformed', () => {
  function notUtf8(json: string): string {
    const text = json.replaceAll(CLIENT_ID, `${CLIENT_ID}\xff`);
    const input = `${parts()[0]}.${Buffer.from(text, 'latin1').toString('base64url')}`;
    return `${input}.${signature(input)}`;
  }

  const claims = (): string => bytes(parts()[1]);
  const header = (): string => bytes(parts()[0]);
  const { privateKey } = pool.key;

  it.each<Case>([
    ['an empty token', () => ''],
    ['a word', () => 'token'],
    ['two dots', () => '..'],
    ['one part', () => parts()[0]],
    ['two parts', () => parts().slice(0, 2).join('.')],
    ['two parts and a dot', () => `${parts().slice(0, 2).join('.')}.`],
    ['an empty header', () => ['', parts()[1], signature(`.${parts()[1]}`)].join('.')],
    ['an empty payload', () => [parts()[0], '', signature(`${parts()[0]}.`)].join('.')],
    ['four parts', () => `${pool.token()}.${parts()[2]}`],
    ['a dot after it', () => `${pool.token()}.`],
    ['a dot before it', () => `.${pool.token()}`],
    [
      'the five parts of an encrypted token',
      () =>
        [encoded({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: KID }), 'aaaa', 'bbbb', 'cccc', 'dddd'].join('.'),
    ],
    ['a JSON serialization', () => JSON.stringify({ payload: parts()[1], signatures: [] })],
    ['a space before it', () => ` ${pool.token()}`],
    ['a line feed after it', () => `${pool.token()}\n`],
    ['a header that is an array', () => signed([], claims(), privateKey)],
    ['a header that is a text', () => signed('"header"', claims(), privateKey)],
    ['a header that is null', () => signed('null', claims(), privateKey)],
    ['a header that is a number', () => signed('1', claims(), privateKey)],
    ['a header that is not JSON', () => signed('{kid}', claims(), privateKey)],
    ['a header that is cut off', () => signed(header().slice(0, -1), claims(), privateKey)],
    ['a header after a byte-order mark', () => signed(`\ufeff${header()}`, claims(), privateKey)],
    ['a payload that is an array', () => signed(header(), [JSON.parse(claims())], privateKey)],
    ['a payload that is a text', () => signed(header(), JSON.stringify(claims()), privateKey)],
    ['a payload that is null', () => signed(header(), 'null', privateKey)],
    ['a payload that is a number', () => signed(header(), '1', privateKey)],
    ['a payload that is not JSON', () => signed(header(), 'claims', privateKey)],
    ['a payload that is cut off', () => signed(header(), claims().slice(0, -1), privateKey)],
    ['a payload with something after it', () => signed(header(), `${claims()}{}`, privateKey)],
    ['a payload after a byte-order mark', () => signed(header(), `\ufeff${claims()}`, privateKey)],
    ['a payload that is not UTF-8', () => notUtf8(claims())],
    ['a payload of nested arrays', () => signed(header(), '['.repeat(6_000) + ']'.repeat(6_000), privateKey)],
    ['a payload of nested arrays that do not end', () => signed(header(), '['.repeat(12_000), privateKey)],
    ['a million characters', () => 'a'.repeat(1_000_000)],
    ['a million dots', () => '.'.repeat(1_000_000)],
    ['a header of a million characters', () => `${'a'.repeat(1_000_000)}.${parts()[1]}.${parts()[2]}`],
  ])('%s', (_, token) => {
    expect(reasonOf(token())).toBe('malformed_token');
  });
});

describe('a member that is there twice', () => {
  it.each<[string, 'header' | 'payload', (json: string) => string, string]>([
    [
      'counts as its last value: alg',
      'header',
      (json) => json.replace('{', '{"alg":"RS256",').replace(/"alg":"RS256"}/, '"alg":"none"}'),
      'algorithm_not_allowed',
    ],
    ['counts as its last value: kid', 'header', (json) => json.replace('}', ',"kid":"x"}'), 'unknown_kid'],
    [
      'counts as its last value: iss',
      'payload',
      (json) => json.replace('}', ',"iss":"x"}'),
      'foreign_issuer',
    ],
    ['counts as its last value: exp', 'payload', (json) => json.replace('}', ',"exp":1}'), 'token_expired'],
    [
      'counts as its last value: token_use',
      'payload',
      (json) => json.replace('}', ',"token_use":"id"}'),
      'not_an_access_token',
    ],
  ])('%s', (_, part, edit, reason) => {
    expect(reasonOf(withText(part, edit))).toBe(reason);
  });

  it('does not add to the last value', () => {
    const last = withText('payload', (json) => json.replace('{', '{"scope":"a/root","client_id":"x",'));
    expect(callerOf(last)).toMatchObject({
      clientId: CLIENT_ID,
      scopes: new Set([`${IDENTIFIER}/things.read`, `${IDENTIFIER}/things.write`]),
    });
  });

  it('does not verify without the signature of the key', () => {
    const [header, payload, mac] = parts();
    const forged = encoded(bytes(payload).replace('}', ',"scope":"a/root"}'));
    expect(reasonOf([header, forged, mac].join('.'))).toBe('invalid_signature');
  });
});

describe('a prototype in the token', () => {
  it.each(['__proto__', 'constructor'])('has no effect in the payload: %s', (member) => {
    const token = withText('payload', (json) =>
      json.replace(/"client_id":"[^"]+"/, `"${member}":{"client_id":"${CLIENT_ID}"}`),
    );
    expect(reasonOf(token)).toBe('malformed_claims');
    expect({}).not.toHaveProperty('client_id');
  });

  it('has no effect in the header', () => {
    const token = withText('header', (json) => json.replace(/"kid":"[^"]+"/, `"__proto__":{"kid":"${KID}"}`));
    expect(reasonOf(token)).toBe('missing_kid');
  });
});

describe('the time of a token', () => {
  const cases: [string, Record<string, unknown>, string | undefined][] = [
    ['accepts exp in a second', { exp: NOW_SECONDS + 1 }, undefined],
    ['accepts exp with a fraction', { exp: NOW_SECONDS + 0.5 }, undefined],
    ['accepts exp in a million years', { exp: 31_556_952_000_000 }, undefined],
    ['refuses exp beyond the tolerance of the library', { exp: NOW_SECONDS - 6 }, 'token_expired'],
    ['refuses exp an hour ago', { exp: NOW_SECONDS - 3600 }, 'token_expired'],
    ['refuses exp 0', { exp: 0 }, 'token_expired'],
    ['refuses a negative exp', { exp: -1 }, 'token_expired'],
    ['refuses exp -1e300', { exp: -1e300 }, 'malformed_claims'],
    ['refuses a missing exp', { exp: undefined }, 'malformed_claims'],
    ['refuses an exp that is a text', { exp: String(NOW_SECONDS + 3600) }, 'malformed_token'],
    ['refuses an exp that is null', { exp: null }, 'malformed_token'],
    ['refuses an exp that is true', { exp: true }, 'malformed_token'],
    ['refuses an exp that is an array', { exp: [NOW_SECONDS + 3600] }, 'malformed_token'],

    ['accepts nbf now', { nbf: NOW_SECONDS }, undefined],
    ['accepts nbf in five seconds', { nbf: NOW_SECONDS + 5 }, undefined],
    ['refuses nbf in more than five seconds', { nbf: NOW_SECONDS + 5.001 }, 'token_not_yet_valid'],
    ['refuses nbf in an hour', { nbf: NOW_SECONDS + 3600 }, 'token_not_yet_valid'],
    ['refuses nbf 1e300', { nbf: 1e300 }, 'malformed_claims'],
    ['refuses an nbf that is a text', { nbf: '0' }, 'malformed_token'],
    ['refuses an nbf that is null', { nbf: null }, 'malformed_token'],

    ['accepts a missing iat', { iat: undefined }, undefined],
    ['accepts iat in five seconds', { iat: NOW_SECONDS + 5 }, undefined],
    ['refuses iat in more than five seconds', { iat: NOW_SECONDS + 5.001 }, 'token_not_yet_valid'],
    ['refuses iat 1e300', { iat: 1e300 }, 'token_not_yet_valid'],
    ['refuses an iat that is a text', { iat: '0' }, 'malformed_token'],
    ['refuses an iat that is null', { iat: null }, 'malformed_token'],
  ];

  it.each(cases)('%s', (_, claims, reason) => {
    expect(reasonOf(pool.token({ claims }))).toEqual(
      reason ?? expect.objectContaining({ clientId: CLIENT_ID }),
    );
  });

  it.each(['exp', 'nbf', 'iat'])('refuses an infinite %s', (claim) => {
    const token = withText('payload', (json) => json.replace('}', `,"${claim}":1e999}`));
    expect(reasonOf(token)).toBe('malformed_token');
  });
});

describe('the issuer of a token', () => {
  const id = pool.id;

  it.each([
    ['ORIGINAL', `https://cognito-idp.eu-central-1.amazonaws.com/${id}`],
    ['UPDATED', `https://issuer-cognito-idp.eu-central-1.amazonaws.com/${id}`],
  ])('may have the %s form', (_, iss) => {
    expect(reasonOf(pool.token({ claims: { iss } }))).toHaveProperty('clientId');
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['empty', ''],
    ['of another pool', 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other0001'],
    ['of another Region', `https://cognito-idp.us-east-1.amazonaws.com/${id}`],
    ['the UPDATED form of another Region', `https://issuer-cognito-idp.us-east-1.amazonaws.com/${id}`],
    ['not of Cognito', 'https://attacker.example.com'],
    ['a URL that contains the issuer', `https://attacker.example.com/?${pool.issuer}`],
    ['the issuer with a slash after it', `${pool.issuer}/`],
    ['the issuer with a query', `${pool.issuer}?x`],
    ['the issuer with a space after it', `${pool.issuer} `],
    ['the issuer without its scheme', pool.issuer.replace('https://', '')],
    ['the issuer over http', pool.issuer.replace('https', 'http')],
    ['the issuer with a host in upper case', pool.issuer.replace('cognito', 'COGNITO')],
    ['the issuer with an id in lower case', pool.issuer.toLowerCase()],
    ['__proto__', '__proto__'],
  ])('may not be %s', (_, iss) => {
    expect(reasonOf(pool.token({ claims: { iss } }))).toBe('foreign_issuer');
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 1],
    ['an array', [pool.issuer]],
  ])('may not be %s', (_, iss) => {
    expect(reasonOf(pool.token({ claims: { iss } }))).toBe('malformed_token');
  });

  it('is checked before the kid, so that a foreign token causes no fetch', () => {
    const foreign = new UserPool('eu-central-1_Other0001', attacker);
    expect(reasonOf(foreign.token({ header: { kid: 'unknown' } }))).toBe('foreign_issuer');
  });
});

describe('refuses', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a missing sub', { sub: undefined }, 'malformed_claims'],
    ['an empty sub', { sub: '' }, 'malformed_claims'],
    ['a sub that is null', { sub: null }, 'malformed_token'],
    ['a sub that is a number', { sub: 1 }, 'malformed_token'],

    ['a missing token_use', { token_use: undefined }, 'not_an_access_token'],
    ['an empty token_use', { token_use: '' }, 'not_an_access_token'],
    ['token_use id', { token_use: 'id' }, 'not_an_access_token'],
    ['token_use refresh', { token_use: 'refresh' }, 'not_an_access_token'],
    ['token_use in other case', { token_use: 'Access' }, 'not_an_access_token'],
    ['token_use in an array', { token_use: ['access'] }, 'not_an_access_token'],
    ['token_use that is true', { token_use: true }, 'not_an_access_token'],

    ['a missing client_id', { client_id: undefined }, 'malformed_claims'],
    ['an empty client_id', { client_id: '' }, 'malformed_claims'],
    ['a client_id in an array', { client_id: [CLIENT_ID] }, 'malformed_claims'],
    ['a client_id that is true', { client_id: true }, 'malformed_claims'],
    ['the client as azp alone', { client_id: undefined, azp: CLIENT_ID }, 'malformed_claims'],
    ['the client as aud alone', { client_id: undefined, aud: CLIENT_ID }, 'malformed_claims'],

    ['a foreign aud', { aud: 'https://other.example.com' }, 'foreign_audience'],
    ['an aud that only begins like the identifier', { aud: `${IDENTIFIER}.evil.com` }, 'foreign_audience'],
    ['an aud with a slash after it', { aud: `${IDENTIFIER}/` }, 'foreign_audience'],
    ['the public URL with a slash after it', { aud: `${PUBLIC_URL}/` }, 'foreign_audience'],
    ['the public URL in upper case', { aud: PUBLIC_URL.toUpperCase() }, 'foreign_audience'],
    ['an empty aud', { aud: '' }, 'foreign_audience'],
    ['an empty list as aud', { aud: [] }, 'foreign_audience'],
    ['an aud of others', { aud: ['a', 'b'] }, 'foreign_audience'],
    ['an aud that is null', { aud: null }, 'malformed_token'],
    ['an aud that is a number', { aud: 1 }, 'malformed_token'],
    ['an aud of numbers', { aud: [1] }, 'malformed_token'],
    ['an aud in two arrays', { aud: [[IDENTIFIER]] }, 'malformed_token'],

    ['a scope that is an array', { scope: [`${IDENTIFIER}/things.read`] }, 'malformed_token'],
    ['a scope that is null', { scope: null }, 'malformed_token'],
    ['a scope that is a number', { scope: 1 }, 'malformed_token'],
    ['a jti that is a number', { jti: 1 }, 'malformed_token'],
    ['a username that is a number', { username: 1 }, 'malformed_claims'],
    ['a username that is null', { username: null }, 'malformed_claims'],
    ['groups that are a text', { 'cognito:groups': 'admins' }, 'malformed_claims'],
    ['groups that are null', { 'cognito:groups': null }, 'malformed_claims'],
    ['groups that are an object', { 'cognito:groups': { 0: 'admins' } }, 'malformed_claims'],
    ['a group that is a number', { 'cognito:groups': ['admins', 1] }, 'malformed_claims'],
  ])('%s', (_, claims, reason) => {
    expect(reasonOf(pool.token({ claims }))).toBe(reason);
  });

  it('an ID token', () => {
    expect(reasonOf(pool.idToken())).toBe('not_an_access_token');
  });
});

// Without the library beside it, whose parser exhausts the stack.
it.each([1_000, 3_000, 6_000])('does not fail on a claim of arrays %d deep', (depth) => {
  const nested = '['.repeat(depth) + ']'.repeat(depth);
  const token = withText('payload', (json) => json.replace('}', `,"nested":${nested}}`));
  const verify = createAccessTokenVerifier(
    { userPoolId: pool.id, audiences: [IDENTIFIER] },
    parseJwks(pool.jwks).keys,
  );
  expect(reasonOf(token, verify)).toMatchObject({ clientId: CLIENT_ID });
});

describe('a Caller', () => {
  it('of the client-credentials grant is the client', () => {
    expect(callerOf(pool.token())).toEqual({
      clientId: CLIENT_ID,
      subject: CLIENT_ID,
      scopes: new Set([`${IDENTIFIER}/things.read`, `${IDENTIFIER}/things.write`]),
      issuedAt: NOW_SECONDS,
      expiresAt: NOW_SECONDS + 3600,
      tokenId: '6d0f1b64-55a4-4c0a-8b6e-3f6f2f3f0001',
      username: undefined,
      groups: [],
    });
  });

  it('of a signed-in user is the user', () => {
    const claims = {
      sub: '8f14e45f-0001',
      username: 'ada',
      'cognito:groups': ['admins', 'staff'],
      scope: 'openid email',
      client_id: OTHER_CLIENT_ID,
    };
    expect(callerOf(pool.token({ claims }))).toMatchObject({
      clientId: OTHER_CLIENT_ID,
      subject: '8f14e45f-0001',
      username: 'ada',
      groups: ['admins', 'staff'],
      scopes: new Set(['openid', 'email']),
    });
  });

  it.each([
    ['without a scope claim has no scopes', { scope: undefined }],
    ['with an empty scope claim has no scopes', { scope: '' }],
  ])('%s', (_, claims) => {
    expect(callerOf(pool.token({ claims })).scopes.size).toBe(0);
  });

  it('may lack iat, jti and version', () => {
    const claims = { iat: undefined, jti: undefined, version: undefined, auth_time: undefined };
    expect(callerOf(pool.token({ claims }))).toMatchObject({ issuedAt: undefined, tokenId: undefined });
  });

  it.each([
    ['the identifier', IDENTIFIER],
    ['the public URL', PUBLIC_URL],
    ['a list of one of them', [PUBLIC_URL]],
    ['a list of both', [IDENTIFIER, PUBLIC_URL]],
    ['a list with one of them', ['https://other.example.com', IDENTIFIER]],
  ])('may have as aud: %s', (_, aud) => {
    expect(reasonOf(pool.token({ claims: { aud } }))).toHaveProperty('clientId');
  });

  it('cannot be changed by a request', () => {
    const caller = callerOf(pool.token({ claims: { 'cognito:groups': ['staff'] } }));
    expect(Object.isFrozen(caller)).toBe(true);
    expect(Object.isFrozen(caller.groups)).toBe(true);
  });
});

describe('an error of the library', () => {
  const meanings: Readonly<Record<string, string>> = {
    JwtExpiredError: 'token_expired',
    JwtNotBeforeError: 'token_not_yet_valid',
    CognitoJwtInvalidTokenUseError: 'not_an_access_token',
  };

  type LibraryError = new (...texts: string[]) => Error;
  const classes = (Object.entries(libraryErrors) as unknown as [string, LibraryError][]).filter(
    ([, { prototype }]) => prototype instanceof libraryErrors.JwtInvalidClaimError,
  );

  function thrownFor(error: unknown): unknown {
    jest.spyOn(libraryJwt, 'validateJwtFields').mockImplementation(() => {
      throw error;
    });
    return thrownBy(pool.token());
  }

  function thrownBy(token: string): Error {
    try {
      callerOf(token);
    } catch (error) {
      return error as Error;
    }
    throw new Error('the token was accepted');
  }

  it.each(classes)('is mapped to a reason: %s', (name, ErrorClass) => {
    const secret = `Expected: ${CLIENT_ID}`;
    const thrown = thrownFor(new ErrorClass(secret, secret, secret)) as InvalidTokenError;
    expect(thrown.reason).toBe(meanings[name] ?? 'malformed_claims');
    expect(thrown.message).not.toContain(CLIENT_ID);
  });

  it('is thrown as it is if it is not about a claim', () => {
    const error = new TypeError('bug');
    expect(thrownFor(error)).toBe(error);
  });

  it('never reveals what would be accepted', () => {
    const tokens = [
      pool.token({ claims: { client_id: 1 } }),
      pool.token({ claims: { iss: 'x' } }),
      pool.token({ claims: { token_use: 'x' } }),
      pool.token({ claims: { aud: 'x' } }),
      pool.token({ header: { alg: 'x' } }),
      pool.token({ header: { kid: 'x' } }),
    ];
    for (const token of tokens) {
      const error = thrownBy(token);
      assert(error instanceof InvalidTokenError);
      const { name, message, stack, details, ...rest } = error;
      expect(name).toBe('InvalidTokenError');
      expect(details?.clientId ?? CLIENT_ID).toBe(CLIENT_ID);
      const said = `${message} ${stack} ${JSON.stringify(rest)}`;
      for (const secret of [CLIENT_ID, OTHER_CLIENT_ID, KID, pool.issuer, IDENTIFIER, 'RS256', 'xpected'])
        expect(said).not.toContain(secret);
    }
  });
});

describe('the log gets', () => {
  const LONG = 'x'.repeat(1000);
  const detailsOf = (token: string) => {
    try {
      callerOf(token);
    } catch (error) {
      return (error as InvalidTokenError).details;
    }
    throw new Error('the token was accepted');
  };

  it('issuer and kid of a token of another issuer, bounded in length', () => {
    const other = { claims: { iss: 'https://other.example.com' } };
    expect(detailsOf(pool.token(other))).toEqual({ tokenIss: 'https://other.example.com', tokenKid: KID });
    const long = { claims: { iss: LONG }, header: { kid: LONG } };
    expect(detailsOf(pool.token(long))).toEqual({ tokenIss: 'x'.repeat(200), tokenKid: 'x'.repeat(200) });
  });

  it('no kid of a token of another issuer that has none', () => {
    const token = pool.token({ claims: { iss: 'https://other.example.com' }, header: { kid: undefined } });
    expect(detailsOf(token)).toEqual({ tokenIss: 'https://other.example.com', tokenKid: undefined });
  });

  it('the kid that is not known', () => {
    expect(detailsOf(pool.token({ header: { kid: 'other' } }))).toEqual({ tokenKid: 'other' });
  });

  it('the client of a verified token that is refused, bounded in length', () => {
    const refused = { token_use: 'other' };
    expect(detailsOf(pool.token({ claims: refused }))).toEqual({ clientId: CLIENT_ID });
    expect(detailsOf(pool.token({ claims: { ...refused, client_id: LONG } }))).toEqual({
      clientId: 'x'.repeat(200),
    });
    expect(detailsOf(pool.token({ claims: { ...refused, client_id: 1 } }))).toBeUndefined();
  });

  it('what a token says of itself, on request: texts only, bounded in length, and times', () => {
    const { keys } = parseJwks(pool.jwks);
    const verify = createAccessTokenVerifier({ userPoolId: pool.id, audiences: [] }, keys);
    const explain = jest.fn();
    const claims = { aud: ['a', 'b'], scope: LONG, username: 'ada', 'cognito:groups': ['g'] };
    expect(() => verify(pool.token({ claims }), explain)).toThrow(InvalidTokenError);
    expect(explain.mock.calls).toEqual([
      [
        'token decoded, not verified yet',
        {
          iss: pool.issuer,
          clientId: CLIENT_ID,
          tokenUse: 'access',
          scope: 'x'.repeat(200),
          alg: 'RS256',
          kid: KID,
          iat: NOW_SECONDS,
          exp: NOW_SECONDS + 3600,
        },
      ],
    ]);
  });
});

it('refuses a token without dots, of which all but the last character are a token', () => {
  const text = (filling: string) => JSON.stringify({ alg: 'RS256', kid: KID, iss: pool.issuer, filling });
  // One byte beyond a multiple of three, so that another character makes canonical base64url again.
  const filled = ['', 'x', 'xx'].map(text).find(({ length }) => length % 3 === 1)!;
  expect(reasonOf(`${Buffer.from(filled).toString('base64url')}A`)).toBe('malformed_token');
});
