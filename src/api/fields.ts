import { z } from 'zod';

/** Text that people read on one line: trimmed, not empty, without control characters. */
export function plainText({ max }: { readonly max: number }) {
  return (
    z
      .string()
      .trim()
      .min(1)
      .max(max)
      // eslint-disable-next-line no-control-regex -- they are what is refused
      .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'control characters are not allowed')
      // PostgreSQL does not take them.
      .refine((text) => text.isWellFormed(), 'lone surrogates are not allowed')
      .describe('One line of text, without control characters')
  );
}

/** A point in time in UTC with milliseconds, RFC 3339: `2026-11-21T10:00:00.000Z`. */
export const timestamp = z.iso.datetime().max(24);

/** The id of an item. */
export const uuid = z.uuid().max(36);
