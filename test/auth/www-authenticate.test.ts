import {
  InsufficientScopeError,
  InvalidRequestError,
  InvalidTokenError,
  MissingTokenError,
} from '../../src/auth/errors';
import { wwwAuthenticate } from '../../src/auth/www-authenticate';

const options = {
  realm: 'https://api.example.com',
  resourceMetadataUrl: 'https://things.example.com/.well-known/oauth-protected-resource',
};
const REALM = 'realm="https://api.example.com"';
const METADATA = 'resource_metadata="https://things.example.com/.well-known/oauth-protected-resource"';

const READ = 'https://api.example.com/things.read';
const WRITE = 'https://api.example.com/things.write';

it.each([
  // RFC 6750 §3.1: a request without authentication information gets no error code.
  ['a request without credentials', new MissingTokenError(), `Bearer ${REALM}, ${METADATA}`],
  [
    'malformed credentials',
    new InvalidRequestError(),
    `Bearer ${REALM}, error="invalid_request", error_description="The Authorization header must hold the word Bearer, a space and one token", ${METADATA}`,
  ],
  [
    'a forged token',
    new InvalidTokenError('invalid_signature'),
    `Bearer ${REALM}, error="invalid_token", error_description="The access token is not valid", ${METADATA}`,
  ],
  [
    'an expired token',
    new InvalidTokenError('token_expired'),
    `Bearer ${REALM}, error="invalid_token", error_description="The token has expired", ${METADATA}`,
  ],
  [
    'a token that lacks the one scope',
    new InsufficientScopeError([WRITE]),
    `Bearer ${REALM}, error="insufficient_scope", error_description="The token lacks a scope that this endpoint needs: ${WRITE}", scope="${WRITE}", ${METADATA}`,
  ],
  [
    'a token that lacks one of several scopes',
    new InsufficientScopeError([READ, WRITE]),
    `Bearer ${REALM}, error="insufficient_scope", error_description="The token lacks a scope that this endpoint needs: ${READ} ${WRITE}", scope="${READ} ${WRITE}", ${METADATA}`,
  ],
])('challenges %s', (_, error, value) => {
  expect(wwwAuthenticate(error, options)).toBe(value);
});
