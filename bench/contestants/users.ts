import type { NewUser, User } from '../../src/resources/users/schema';

export const USERS_PATH = '/api/v1/users';

/** Users on a page. */
const PAGE = 20;

const AT = '2026-11-21T10:00:00.000Z';
const idOf = (number: number) => `01990000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** One more than a page, which tells that there is another. */
const users: readonly User[] = Array.from({ length: PAGE + 1 }, (_, index) => ({
  id: idOf(index + 1),
  email: `user-${index + 1}@example.com`,
  name: `User ${index + 1}`,
  createdAt: AT,
  updatedAt: AT,
}));

/**
 * The store behind every contestant. It keeps nothing, so that neither the order of requests nor their number changes an
 * answer or fills the memory.
 */
export const memoryUsers = {
  list: (limit: number): Promise<User[]> => Promise.resolve(users.slice(0, limit)),
  create: (user: NewUser): Promise<User> =>
    Promise.resolve({ id: idOf(PAGE + 2), ...user, createdAt: AT, updatedAt: AT }),
};

/** A page of users in the service's form, from any store. */
export async function usersPage(list: (limit: number) => Promise<User[]> = memoryUsers.list) {
  const found = await list(PAGE + 1);
  const data = found.slice(0, PAGE);
  return { data, next: data.at(-1)?.id };
}
