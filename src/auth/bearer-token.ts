import { InvalidRequestError, MissingTokenError } from './errors';

/** Credentials whose scheme is exactly `Bearer`, in any case, whatever follows it. */
const BEARER_SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i;

const B64TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The token of a request, from the `Authorization` header only (RFC 6750 §2.1).
 *
 * Says nothing of whether the token is any good, or a `b64token` at all.
 *
 * @param rawHeaders names and values in turn, as Node's `rawHeaders`: `headers` hides a repeated line
 * @throws MissingTokenError if there are no credentials, or those of another scheme
 * @throws InvalidRequestError if nothing follows the scheme, or there are several credentials
 */
export function bearerToken(rawHeaders: readonly string[]): string {
  const authorization = onlyAuthorization(rawHeaders);
  if (authorization === undefined || !BEARER_SCHEME.test(authorization)) throw new MissingTokenError();
  let start = 'Bearer'.length;
  while (authorization[start] === ' ') start += 1;
  if (start === 'Bearer'.length) throw new InvalidRequestError();
  return authorization.slice(start);
}

/**
 * Sees to it that a text is a `b64token` of RFC 6750 §2.1.
 *
 * @throws InvalidRequestError if it is not
 */
export function assertB64Token(text: string): void {
  if (!B64TOKEN.test(text)) throw new InvalidRequestError();
}

function onlyAuthorization(rawHeaders: readonly string[]): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length !== 'authorization'.length || name.toLowerCase() !== 'authorization') continue;
    if (found !== undefined) throw new InvalidRequestError();
    found = rawHeaders[i + 1];
  }
  return found;
}
