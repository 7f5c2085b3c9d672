/** A strong entity tag for a version number, RFC 9110 §8.8.3. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * The versions that an `If-Match` allows, RFC 9110 §13.1.1; `undefined` where it allows any.
 *
 * Weak tags never match, and neither does what {@link entityTag} cannot have made.
 */
export function versionsOfIfMatch(ifMatch: string | undefined): readonly number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return ifMatch.split(',').flatMap((tag) => {
    const version = /^\s*"([1-9]\d{0,8})"\s*$/.exec(tag)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
