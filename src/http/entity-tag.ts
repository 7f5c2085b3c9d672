import type { IncomingHttpHeaders } from 'node:http';

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

const ENTITY_TAGS = /(?:W\/)?"[!\x23-\x7e\x80-\xff]*"/g;

/** The precondition of a request that is neither `*` nor a list of entity tags, RFC 9110 §8.8.3 and §13.1. */
export function malformedPrecondition(
  headers: IncomingHttpHeaders,
): 'If-Match' | 'If-None-Match' | undefined {
  const isMalformed = (value: string | undefined) =>
    value !== undefined &&
    value.trim() !== '*' &&
    !value
      .replaceAll(ENTITY_TAGS, '""')
      .split(',')
      .every((each) => ['', '""'].includes(each.trim()));
  if (isMalformed(headers['if-match'])) return 'If-Match';
  return isMalformed(headers['if-none-match']) ? 'If-None-Match' : undefined;
}

/**
 * Which precondition of a request does not hold, in the order of RFC 9110 §13.2.2. Conditions on a modification date are
 * ignored: no resource of this service has one.
 *
 * @param tag the strong entity tag of the representation that there is, without a comma
 */
export function failedPrecondition(
  headers: IncomingHttpHeaders,
  tag: string,
): 'If-Match' | 'If-None-Match' | undefined {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined && !lists(ifMatch, tag)) return 'If-Match';
  // Compared weakly, as caches ask.
  if (ifNoneMatch !== undefined && (lists(ifNoneMatch, tag) || lists(ifNoneMatch, `W/${tag}`)))
    return 'If-None-Match';
  return undefined;
}

function lists(list: string, tag: string): boolean {
  return list.trim() === '*' || list.split(',').some((each) => each.trim() === tag);
}
