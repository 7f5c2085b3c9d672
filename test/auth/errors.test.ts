import {
  AuthError,
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  KeysUnavailableError,
  MissingTokenError,
  type InvalidTokenReason,
  invalidTokenDescriptions,
} from '../../src/auth/errors';

const faults = Object.keys(invalidTokenDescriptions) as InvalidTokenReason[];

/** What can be told of a token only before its signature is verified. */
const beforeSignature: InvalidTokenReason[] = [
  'malformed_token',
  'foreign_issuer',
  'missing_kid',
  'unknown_kid',
  'algorithm_not_allowed',
  'invalid_signature',
];
const afterSignature = faults.filter((fault) => !beforeSignature.includes(fault));

const errors: readonly AuthError[] = [
  new MissingTokenError(),
  new InvalidRequestError(),
  ...faults.map((fault) => new InvalidTokenError(fault)),
  new InsufficientScopeError(['https://api.example.com/users.read']),
  new KeysUnavailableError(1),
];

describe('a fault found before the signature is verified', () => {
  it.each(beforeSignature)('is invalid_token to the caller and precise in the log: %s', (fault) => {
    const { code, reason, bearerError } = new InvalidTokenError(fault);
    expect({ code, reason, bearerError }).toEqual({
      code: 'invalid_token',
      reason: fault,
      bearerError: 'invalid_token',
    });
  });

  it('has one description, whichever it is', () => {
    expect(new Set(beforeSignature.map((fault) => new InvalidTokenError(fault).message)).size).toBe(1);
  });
});

describe('a fault found after the signature is verified', () => {
  it.each(afterSignature)('has a code of its own: %s', (fault) => {
    const { code, reason, bearerError } = new InvalidTokenError(fault);
    expect({ code, reason, bearerError }).toEqual({
      code: fault,
      reason: fault,
      bearerError: 'invalid_token',
    });
  });

  it('has a description of its own', () => {
    const messages = faults.map((fault) => new InvalidTokenError(fault).message);
    expect(new Set(messages).size).toBe(afterSignature.length + 1);
  });
});

it.each([
  ['MissingTokenError', new MissingTokenError(), 'missing_token', 'missing_token', undefined],
  [
    'InvalidRequestError',
    new InvalidRequestError(),
    'malformed_authorization',
    'invalid_request',
    'invalid_request',
  ],
  [
    'InsufficientScopeError',
    new InsufficientScopeError(['a/b']),
    'insufficient_scope',
    'insufficient_scope',
    'insufficient_scope',
  ],
  ['KeysUnavailableError', new KeysUnavailableError(7), 'keys_unavailable', 'keys_unavailable', undefined],
])('%s has stable codes', (name, error, reason, code, bearerError) => {
  expect(error).toBeInstanceOf(AuthError);
  expect(error).toMatchObject({ name, reason, code, bearerError });
});

it('codes are snake_case', () => {
  for (const { code, reason } of errors) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(reason).toMatch(/^[a-z]+(_[a-z]+)*$/);
  }
});

describe('a description', () => {
  const described = errors
    .filter(({ bearerError }) => bearerError)
    .map((error) => [error.reason, error.message] as const);

  it.each(described)('of %s keeps to the characters of RFC 6750 §3', (_, message) => {
    expect(message).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
  });

  it.each(described)('of %s never says what would pass', (_, message) => {
    expect(message).not.toMatch(/expected|kid\b|RS256|HS256|algorithm|issuer|cognito|amazonaws|https?:/i);
  });
});
