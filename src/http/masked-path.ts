const MAX_PART_LENGTH = 40;
const MAX_LENGTH = 200;

/**
 * A path or JSON Pointer as the log shows it: a part of more than 40 characters, which may be a token, a key or a secret, is
 * `*`, and the whole is cut after 200.
 *
 * @param path parts with `/` between them, without a query
 */
export function maskedPath(path: string): string {
  const parts = path.split('/', MAX_LENGTH).map((part) => (part.length > MAX_PART_LENGTH ? '*' : part));
  return parts.join('/').slice(0, MAX_LENGTH);
}
