import { challenge, statusOf } from '../../src/auth/www-authenticate';
import {
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  KeysUnavailableError,
  MissingTokenError,
} from '../../src/auth/errors';

const options = {
  realm: 'https://api.example.com',
  resourceMetadataUrl: 'https://users.example.com/.well-known/oauth-protected-resource',
};
const REALM = 'realm="https://api.example.com"';
const METADATA = 'resource_metadata="https://users.example.com/.well-known/oauth-protected-resource"';

const READ = 'https://api.example.com/users.read';
const WRITE = 'https://api.example.com/users.write';

it.each([
  // RFC 6750 §3.1: a request that lacks any authentication information gets no error code.
  ['no credentials', new MissingTokenError(), 401, `Bearer ${REALM}, ${METADATA}`],
  [
    'malformed credentials',
    new InvalidRequestError(),
    400,
    `Bearer ${REALM}, error="invalid_request", error_description="The Authorization header must hold the word Bearer, a space and one token", ${METADATA}`,
  ],
  [
    'a forged token',
    new InvalidTokenError('invalid_signature'),
    401,
    `Bearer ${REALM}, error="invalid_token", error_description="The access token is not valid", ${METADATA}`,
  ],
  [
    'an expired token',
    new InvalidTokenError('token_expired'),
    401,
    `Bearer ${REALM}, error="invalid_token", error_description="The token has expired", ${METADATA}`,
  ],
  [
    'a token that lacks the one scope',
    new InsufficientScopeError([WRITE]),
    403,
    `Bearer ${REALM}, error="insufficient_scope", error_description="The token lacks a scope that this endpoint needs", scope="${WRITE}", ${METADATA}`,
  ],
  [
    'a token that lacks one of several scopes',
    new InsufficientScopeError([READ, WRITE]),
    403,
    `Bearer ${REALM}, error="insufficient_scope", error_description="The token lacks a scope that this endpoint needs", scope="${READ} ${WRITE}", ${METADATA}`,
  ],
  ['keys that are not there', new KeysUnavailableError(3), 503, undefined],
])('%s', (_, error, status, header) => {
  expect(statusOf(error)).toBe(status);
  expect(challenge(error, options)).toBe(header);
});
