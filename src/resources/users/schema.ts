import { z } from 'zod';

/** An e-mail address, trimmed; its letters are ASCII. */
const email = z.string().trim().max(254).check(z.email('expected an e-mail address'));

/** A name, trimmed. Control characters and lone surrogates, which neither PostgreSQL nor a terminal takes, are refused. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  // eslint-disable-next-line no-control-regex -- they are what is refused
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'control characters are not allowed')
  .refine((text) => text.isWellFormed(), 'lone surrogates are not allowed');

const timestamp = z.iso.datetime().max(24);

/** The last user of a page, after whom the next page begins. */
const cursor = z.guid('expected a cursor of an earlier page').max(36);

const LIMIT = 'expected a whole number from 1 to 100';

/** A user as callers see it. */
export const user = z
  .object({
    id: z.uuid().max(36),
    email: z.email().max(254),
    name,
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({
    id: 'User',
    examples: [
      {
        id: '01990000-0000-7000-8000-000000000001',
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        createdAt: '2026-11-21T10:00:00.000Z',
        updatedAt: '2026-11-21T10:00:00.000Z',
      },
    ],
  });

export const newUser = z
  .strictObject({ email, name })
  .meta({ id: 'NewUser', examples: [{ email: 'ada@example.com', name: 'Ada Lovelace' }] });

export const userPatch = newUser.partial().meta({ id: 'UserPatch', examples: [{ name: 'Ada King' }] });

export const userQuery = z.object({
  limit: z
    .preprocess(
      (text) => (typeof text === 'string' && /^\d{1,3}$/.test(text) ? Number(text) : text),
      z.int32(LIMIT).min(1, LIMIT).max(100, LIMIT),
    )
    .default(20)
    .describe('Most users on a page'),
  cursor: cursor.optional().describe('`next` of the page before'),
  email: email.optional().describe('Only the user with this address, whatever the case of its letters'),
});

export const userPage = z
  .object({
    data: z.array(user).max(100),
    next: cursor.nullable().describe('Cursor of the next page; null on the last'),
  })
  .meta({ id: 'UserPage' });

export type User = z.output<typeof user>;
export type NewUser = z.output<typeof newUser>;
export type UserPatch = z.output<typeof userPatch>;
