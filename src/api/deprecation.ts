import type { Deprecation } from './endpoint';

/** What the headers of {@link deprecationHeaders} mean: name ▶ description. */
export const deprecationHeaderDescriptions: Readonly<Record<string, string>> = {
  Deprecation: 'Since when the operation is deprecated (RFC 9745)',
  Sunset: 'When the operation is removed (RFC 8594)',
  Link: 'The page that lists what is deprecated, rel="deprecation" (RFC 9745)',
};

/** The part of the portal that lists what is deprecated. */
const DEPRECATIONS = '/docs/changelog#deprecated';

/**
 * The headers of every answer of a deprecated operation.
 *
 * @throws RangeError for a day that does not exist
 */
export function deprecationHeaders({ since, sunset }: Deprecation): Readonly<Record<string, string>> {
  return {
    Deprecation: `@${dayOf(since).getTime() / 1000}`,
    ...(sunset !== undefined && { Sunset: dayOf(sunset).toUTCString() }),
    Link: `<${DEPRECATIONS}>; rel="deprecation"; type="text/html"`,
  };
}

function dayOf(text: string): Date {
  const day = new Date(`${text}T00:00:00Z`);
  // What is no day gives an invalid date, whose text is a RangeError, or another day.
  if (day.toISOString().slice(0, 10) !== text) throw new RangeError(`${text} is not a day`);
  return day;
}

/** The deprecation in words. */
export function deprecationNotice({ since, sunset, advice }: Deprecation): string {
  return `Deprecated since ${since}${sunset === undefined ? '' : `, to be removed on ${sunset}`}. ${advice}`;
}
