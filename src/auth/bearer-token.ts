import { InvalidRequestError, InvalidTokenError, MissingTokenError } from './errors';

/** Tokens of Cognito have about 1 KB, with many groups or custom claims a few. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/** Credentials of the scheme `Bearer`, in any case, whatever follows the scheme (RFC 9110 §11.4). */
const BEARER_SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i;

const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The token of a request, from the `Authorization` header only (RFC 6750 §2.1): a `b64token` of at most 16 KB. Its content
 * is not checked.
 *
 * @param rawHeaders names and values in turn, as Node's `rawHeaders`: `headers` hides a repeated line
 * @throws MissingTokenError if there are no credentials, or credentials of another scheme
 * @throws InvalidRequestError if what follows the scheme is not one token, or there are several `Authorization` lines
 * @throws InvalidTokenError `malformed_token` if the token is too long to be one
 */
export function bearerToken(rawHeaders: readonly string[]): string {
  const authorization = onlyAuthorization(rawHeaders);
  if (!BEARER_SCHEME.test(authorization)) throw new MissingTokenError();
  let start = 'Bearer'.length;
  while (authorization[start] === ' ') start += 1;
  if (authorization.length - start > MAX_TOKEN_LENGTH) throw new InvalidTokenError('malformed_token');
  const token = authorization.slice(start);
  if (start === 'Bearer'.length || !B64TOKEN.test(token)) throw new InvalidRequestError();
  return token;
}

/** Gives an empty text where there is none. */
function onlyAuthorization(rawHeaders: readonly string[]): string {
  let found: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length !== 'authorization'.length || name.toLowerCase() !== 'authorization') continue;
    if (found !== undefined) throw new InvalidRequestError();
    found = rawHeaders[i + 1];
  }
  return found ?? '';
}
