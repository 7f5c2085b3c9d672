import { InvalidRequestError, InvalidTokenError, MissingTokenError } from './errors';

/** Tokens of Cognito have about 1 KB, with many groups or custom claims a few. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/** Credentials of the scheme `Bearer`, in any case, whatever follows the scheme (RFC 9110 §11.4). */
const BEARER_SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i;

const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The token of a request, from the `Authorization` header only (RFC 6750 §2.1), of at most 16 KB. Whether it is a token at
 * all is for {@link assertB64Token} to say.
 *
 * @param rawHeaders names and values in turn, as Node's `rawHeaders`: `headers` hides a repeated line
 * @throws MissingTokenError if there are no credentials, or credentials of another scheme
 * @throws InvalidRequestError if nothing follows the scheme, or there are several `Authorization` lines
 * @throws InvalidTokenError `malformed_token` if the token is too long to be one
 */
export function bearerToken(rawHeaders: readonly string[]): string {
  const authorization = onlyAuthorization(rawHeaders);
  if (!BEARER_SCHEME.test(authorization)) throw new MissingTokenError();
  let start = 'Bearer'.length;
  while (authorization[start] === ' ') start += 1;
  if (authorization.length - start > MAX_TOKEN_LENGTH) throw new InvalidTokenError('malformed_token');
  if (start === 'Bearer'.length) throw new InvalidRequestError();
  return authorization.slice(start);
}

/**
 * Requires that a text is one `b64token`, RFC 6750 §2.1. To look at each of 900 characters takes 1 µs of a request of 32, which
 * a token that was verified before need not pay.
 *
 * @throws InvalidRequestError if it is none
 */
export function assertB64Token(text: string): void {
  if (!B64TOKEN.test(text)) throw new InvalidRequestError();
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
