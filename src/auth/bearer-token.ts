import { InvalidRequestError, MissingTokenError } from './errors';

/** Credentials whose scheme is exactly `Bearer`, in any case, whatever follows it. */
const BEARER_SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i;

/** `1*SP b64token` of RFC 6750 §2.1, after the scheme. */
const CREDENTIALS = /^ +([A-Za-z0-9\-._~+/]+=*)$/;

/**
 * The token of a request, from the `Authorization` header only (RFC 6750 §2.1).
 *
 * Says nothing of whether the token is any good.
 *
 * @param rawHeaders names and values in turn, as Node's `rawHeaders`: `headers` hides a repeated line
 * @throws MissingTokenError if there are no credentials, or those of another scheme
 * @throws InvalidRequestError if Bearer credentials are malformed, or there are several
 */
export function bearerToken(rawHeaders: readonly string[]): string {
  const authorization = onlyAuthorization(rawHeaders);
  if (authorization === undefined || !BEARER_SCHEME.test(authorization)) throw new MissingTokenError();
  const token = CREDENTIALS.exec(authorization.slice('Bearer'.length))?.[1];
  if (token === undefined) throw new InvalidRequestError();
  return token;
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
