import { type CustomTypesConfig, types } from 'pg';

/**
 * How values of PostgreSQL become those of rows: `timestamptz` as text in UTC, as RFC 3339 has it, to the millisecond;
 * everything else as `pg` does it. A `Date` of each would be made only to be written out again, which took a quarter of a
 * request for a page of 20 rows.
 */
export const timestampsAsText: CustomTypesConfig = {
  getTypeParser(oid, format) {
    const parse = types.getTypeParser(oid, format) as (value: string) => unknown;
    if (oid !== types.builtins.TIMESTAMPTZ || format === 'binary') return parse;
    return (value: string) => inUtc(value) ?? textOf(parse(value));
  },
};

/** Of a session whose time zone is UTC, as in `2026-11-26 20:15:30.25+00`; `undefined` where it is none of these. */
function inUtc(value: string): string | undefined {
  if (value[10] !== ' ' || !value.endsWith('+00')) return undefined;
  const milliseconds = value.slice(20, -3).slice(0, 3).padEnd(3, '0');
  return `${value.slice(0, 10)}T${value.slice(11, 19)}.${milliseconds}Z`;
}

/** `infinity` is no `Date`. */
function textOf(parsed: unknown): unknown {
  return parsed instanceof Date ? parsed.toISOString() : parsed;
}
