import { randomInt, sign } from 'node:crypto';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import fc from 'fast-check';
import { createAccessTokenVerifier } from '../../src/auth/access-token-verifier';
import { InvalidTokenError, type InvalidTokenReason } from '../../src/auth/errors';
import { parseJwks } from '../../src/auth/jwks';
import { CLIENT_ID, encoded, IDENTIFIER, signingKey, UserPool } from '../support/user-pool';
import { freezeTime, NOW_SECONDS } from './fixture';

/** `npm run test:fuzz` sets more. */
const RUNS = 3_000 * Number(process.env['FUZZ_FACTOR'] ?? 1);
/** A failure prints its seed. */
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

jest.setTimeout(60_000 + RUNS * 20);

const pool = new UserPool();
const secondKey = signingKey();
const attacker = signingKey({ kid: pool.key.kid });
const { keys } = parseJwks({ keys: [pool.key.jwk, secondKey.jwk] });

const verify = createAccessTokenVerifier({ userPoolId: pool.id, audiences: [IDENTIFIER] }, keys);
const reference = CognitoJwtVerifier.create({
  userPoolId: pool.id,
  tokenUse: 'access',
  clientId: null,
  graceSeconds: 5,
});
reference.cacheJwks({ keys: [...keys.values()] });

/** What we refuse though the library accepts it, in its reason. */
const STRICTER: readonly InvalidTokenReason[] = [
  'malformed_token',
  'header_not_allowed',
  'malformed_claims',
  'token_not_yet_valid',
  'foreign_audience',
];

const time = fc.oneof(
  fc.integer({ min: -10, max: 10 }).map((seconds) => NOW_SECONDS + seconds),
  fc.constantFrom(0, -1, NOW_SECONDS + 5.001, NOW_SECONDS - 5.001, 1e300, -1e300, 8.64e12, 8.64e12 + 1),
);
const text = fc.constantFrom('', 'access', CLIENT_ID, IDENTIFIER, pool.issuer, pool.key.kid, 'RS256');
const value = fc.oneof(
  { arbitrary: time, weight: 3 },
  { arbitrary: text, weight: 3 },
  { arbitrary: fc.jsonValue(), weight: 1 },
  // Takes the member away.
  { arbitrary: fc.constant(undefined), weight: 1 },
);

/** Members of the payload, each with values that matter to it. */
const claims: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  iss: fc.constantFrom(pool.issuer.replace('cognito', 'issuer-cognito'), `${pool.issuer}/`, 'https://x'),
  exp: time,
  nbf: time,
  iat: time,
  sub: text,
  aud: fc.oneof(text, fc.array(text, { maxLength: 3 })),
  token_use: fc.constantFrom('id', 'ID', 'access '),
  client_id: text,
  scope: text,
  jti: text,
  username: text,
  'cognito:groups': fc.array(text, { maxLength: 3 }),
  auth_time: time,
  version: time,
  ['__proto__']: fc.constant({ exp: NOW_SECONDS + 60 }),
  constructor: fc.constant({ exp: NOW_SECONDS + 60 }),
};
const parameters: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  alg: fc.constantFrom('RS512', 'HS256', 'none', 'rs256'),
  kid: fc.constantFrom(pool.key.kid, secondKey.kid, 'unknown', ''),
  typ: fc.constantFrom('JWT', 'at+jwt', 'logout+jwt'),
  cty: fc.constant('JWT'),
  crit: fc.constant(['b64']),
  b64: fc.boolean(),
  jwk: fc.constant(attacker.jwk),
  x5t: text,
  ['__proto__']: fc.constant({ kid: pool.key.kid }),
};

/** A few members with values that matter to them, or with any; often none. */
function members(
  ofNames: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  maxLength: number,
): fc.Arbitrary<object> {
  const member = fc.oneof(
    ...Object.entries(ofNames).map(([name, own]) => fc.tuple(fc.constant(name), fc.oneof(own, own, value))),
  );
  return fc.oneof(
    fc.constant({}),
    fc.array(member, { minLength: 1, maxLength }).map((entries) => Object.fromEntries(entries) as object),
  );
}

/** An edit of a text: what is at a place is replaced. */
interface Edit {
  /** From the beginning, or, if not positive, from the end. */
  readonly at: number;
  readonly removed: number;
  readonly inserted: string;
}

const edit = (inserted: fc.Arbitrary<string>): fc.Arbitrary<Edit> =>
  fc.record({
    at: fc.oneof(fc.nat({ max: 1_000 }), fc.integer({ min: -3, max: 0 })),
    removed: fc.nat({ max: 2 }),
    inserted,
  });

function edited(original: string, edits: readonly Edit[]): string {
  return edits.reduce((before, { at, removed, inserted }) => {
    const index = at > 0 ? at % before.length : Math.max(0, before.length + at);
    return before.slice(0, index) + inserted + before.slice(index + removed);
  }, original);
}

const jsonEdit = edit(
  fc.constantFrom('', ' ', '"', '\\u0000', '\\', ',', '{', '}', '[', ']', ':', '1', 'e9', '\xff', '\ufeff'),
);
const spellingEdit = edit(
  fc.constantFrom('', '=', '==', '.', '+', '/', '-', '_', 'A', 'B', 'Q', 'w', ' ', '\n', '\0', 'ä'),
);

const mutation = fc.record({
  claims: members(claims, 3),
  parameters: members(parameters, 2),
  key: fc.constantFrom(...Array.from({ length: 14 }, () => pool.key), secondKey, attacker),
  hash: fc.constantFrom(...Array.from({ length: 15 }, () => 'sha256'), 'sha512'),
  /** Of the JSON texts of header and payload, before they are signed. */
  json: fc.oneof(
    { arbitrary: fc.constant([]), weight: 4 },
    { arbitrary: fc.array(jsonEdit, { maxLength: 1 }), weight: 1 },
  ),
  /** Of the parts, before they are signed. */
  parts: fc.oneof(
    { arbitrary: fc.constant([]), weight: 6 },
    { arbitrary: fc.array(spellingEdit, { maxLength: 1 }), weight: 1 },
  ),
  /** Of the signed token. */
  token: fc.oneof(
    { arbitrary: fc.constant([]), weight: 3 },
    { arbitrary: fc.array(spellingEdit, { maxLength: 3 }), weight: 1 },
  ),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

/** A token as it was signed, and as it is sent. */
function mutated(mutation: Mutation): { signed: string; sent: string } {
  const { key, hash } = mutation;
  const header = JSON.stringify({ kid: key.kid, alg: 'RS256', ...mutation.parameters });
  const payload = JSON.stringify({ ...goodClaims, ...mutation.claims });
  const input = [header, payload].map((part) => edited(encoded(edited(part, mutation.json)), mutation.parts));
  const signature = sign(hash, Buffer.from(input.join('.')), key.privateKey).toString('base64url');
  const signed = [...input, signature].join('.');
  return { signed, sent: edited(signed, mutation.token) };
}

/** `accepted`, or the reason of the refusal; any other error is a bug. */
function judge(token: string): string {
  try {
    verify(token);
    return 'accepted';
  } catch (error) {
    if (error instanceof InvalidTokenError) return error.reason;
    throw error;
  }
}

function isAcceptedByReference(token: string): boolean {
  try {
    reference.verifySync(token);
    return true;
  } catch {
    return false;
  }
}

let goodClaims: object;

beforeEach(() => {
  freezeTime();
  goodClaims = JSON.parse(Buffer.from(pool.token().split('.')[1]!, 'base64url').toString()) as object;
});

afterEach(() => void jest.useRealTimers());

it('accepts no mutated token that CognitoJwtVerifier refuses, that was altered, or that another key signed', () => {
  const counts = { accepted: 0, refusedByBoth: 0, refusedByUs: 0 };
  fc.assert(
    fc.property(mutation, (mutation) => {
      const { signed, sent } = mutated(mutation);
      const verdict = judge(sent);
      if (verdict === 'accepted') {
        counts.accepted += 1;
        expect(sent).toBe(signed);
        expect(mutation.key).not.toBe(attacker);
        expect(isAcceptedByReference(sent)).toBe(true);
      } else if (isAcceptedByReference(sent)) {
        counts.refusedByUs += 1;
        expect(STRICTER).toContain(verdict);
      } else {
        counts.refusedByBoth += 1;
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // The mutations are neither too tame nor too wild.
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(RUNS / 50);
});
