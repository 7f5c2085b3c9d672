import { z } from 'zod';
import { plainText, timestamp, uuid } from '../../api/fields';
import { pageOf, pageQuery, uuidCursor } from '../../api/paging';

/** An e-mail address, trimmed; its letters are ASCII. */
const email = z.string().trim().max(254).check(z.email('expected an e-mail address'));

const name = plainText({ max: 200 });

/** A user as callers see it. */
export const user = z
  .object({
    id: uuid,
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
  ...pageQuery(uuidCursor),
  email: email.optional().describe('Only the user with this address, whatever the case of its letters'),
});

export const userPage = pageOf('UserPage', user, uuidCursor);

export type User = z.output<typeof user>;
export type NewUser = z.output<typeof newUser>;
export type UserPatch = z.output<typeof userPatch>;
