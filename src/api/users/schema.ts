import { z } from 'zod';

/** Text that people typed: trimmed, not empty, and nothing in it that PostgreSQL or a terminal chokes on. */
function plainText(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine(
      (text) => text.isWellFormed() && !/\p{Cc}/u.test(text),
      'Control characters and lone surrogates are not allowed',
    );
}

const email = z.string().trim().max(254).check(z.email());
const name = plainText(200);

/** A user as callers see it. */
export const user = z.object({
  id: z.uuid(),
  email: z.email(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const newUser = z.strictObject({ email, name });

export const userPatch = newUser.partial();

export const userQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(100))
    .default(20),
  cursor: z
    .string()
    .regex(/^[\w-]{22}$/, 'expected a cursor of an earlier page')
    .transform((text) => toUuid(text))
    .optional(),
  email: email.optional(),
});

export const userPage = z.object({
  data: z.array(user),
  /** Cursor of the next page; null on the last. */
  next: z.string().nullable(),
});

export type User = z.output<typeof user>;
export type NewUser = z.output<typeof newUser>;
export type UserPatch = z.output<typeof userPatch>;

/** The cursor of the page that begins after the user of this id. */
export function toCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

function toUuid(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
