import {
  AuthError,
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  type InvalidTokenReason,
  invalidTokenDescriptions,
  KeysUnavailableError,
  MissingTokenError,
  UnknownKidError,
} from '../../src/auth/errors';

const reasons = Object.keys(invalidTokenDescriptions) as InvalidTokenReason[];

/** Found before the signature is verified. */
const beforeSignature: InvalidTokenReason[] = [
  'malformed_token',
  'foreign_issuer',
  'missing_kid',
  'unknown_kid',
  'algorithm_not_allowed',
  'invalid_signature',
];
const afterSignature = reasons.filter((reason) => !beforeSignature.includes(reason));

const errors: readonly AuthError[] = [
  new MissingTokenError(),
  new InvalidRequestError(),
  ...reasons.map((reason) => new InvalidTokenError(reason)),
  new InsufficientScopeError(['api/things.read']),
  new KeysUnavailableError(1),
];

describe('a reason found before the signature is verified', () => {
  it.each(beforeSignature)('is invalid_token for the caller and precise for the log: %s', (reason) => {
    expect(new InvalidTokenError(reason)).toMatchObject({
      status: 401,
      code: 'invalid_token',
      reason,
      bearerError: 'invalid_token',
      message: 'The access token is not valid',
    });
  });
});

describe('a reason found after the signature is verified', () => {
  it.each(afterSignature)('is its own code and has its own description: %s', (reason) => {
    expect(new InvalidTokenError(reason)).toMatchObject({
      status: 401,
      code: reason,
      reason,
      bearerError: 'invalid_token',
      message: invalidTokenDescriptions[reason],
    });
  });

  it('shares its description with no other', () => {
    const messages = reasons.map((reason) => new InvalidTokenError(reason).message);
    expect(new Set(messages).size).toBe(afterSignature.length + 1);
  });
});

it.each([
  [
    'MissingTokenError',
    new MissingTokenError(),
    { status: 401, reason: 'missing_token', code: 'missing_token', bearerError: undefined, headers: {} },
  ],
  [
    'InvalidRequestError',
    new InvalidRequestError(),
    {
      status: 400,
      reason: 'malformed_authorization',
      code: 'invalid_request',
      bearerError: 'invalid_request',
      headers: {},
    },
  ],
  ['InvalidTokenError', new InvalidTokenError('token_expired'), { status: 401, headers: {} }],
  ['InvalidTokenError', new UnknownKidError('a'), { status: 401, reason: 'unknown_kid', kid: 'a' }],
  [
    'InsufficientScopeError',
    new InsufficientScopeError(['a/b']),
    {
      status: 403,
      reason: 'insufficient_scope',
      code: 'insufficient_scope',
      bearerError: 'insufficient_scope',
      requiredScopes: ['a/b'],
      headers: {},
    },
  ],
  [
    'KeysUnavailableError',
    new KeysUnavailableError(7),
    {
      status: 503,
      reason: 'keys_unavailable',
      code: 'keys_unavailable',
      bearerError: undefined,
      headers: { 'Retry-After': '7' },
    },
  ],
])('%s has a stable status, code and reason', (name, error, members) => {
  expect(error).toBeInstanceOf(AuthError);
  expect(error).toMatchObject({ name, ...members });
});

it.each([
  [[], 'The token lacks a scope that this endpoint needs'],
  [['a/b'], 'The token lacks a scope that this endpoint needs: a/b'],
  [['a/b', 'a/c'], 'The token lacks a scope that this endpoint needs: a/b a/c'],
])('InsufficientScopeError names the scopes that are required: %j', (scopes, message) => {
  expect(new InsufficientScopeError(scopes).message).toBe(message);
});

it('codes and reasons are snake_case', () => {
  for (const { code, reason } of errors) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(reason).toMatch(/^[a-z]+(_[a-z]+)*$/);
  }
});

describe('a description', () => {
  const described = errors.map((error) => [error.reason, error.message] as const);

  it.each(described)('of %s holds only characters that RFC 6750 §3 allows', (_, message) => {
    expect(message).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
  });

  it.each(described)('of %s never says what would be accepted', (_, message) => {
    expect(message).not.toMatch(/expected|kid\b|RS256|HS256|algorithm|issuer|cognito|amazonaws|https?:/i);
  });
});
