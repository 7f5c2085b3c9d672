import { uuidv7 } from 'uuidv7';
import type { Obstacle, StoredUser, UserStore } from '../../src/resources/users/store';

/** Users in memory, for tests of what happens before and after the store. */
export function memoryUserStore(): UserStore {
  const users = new Map<string, StoredUser>();
  const taken = (email: string, except?: string) =>
    [...users.values()].some(
      ({ user }) => user.id !== except && user.email.toLowerCase() === email.toLowerCase(),
    );
  const obstacle = (id: string, versions: readonly number[] | undefined): Obstacle | undefined => {
    const stored = users.get(id);
    if (!stored) return 'not_found';
    return versions && !versions.includes(stored.version) ? 'version_mismatch' : undefined;
  };
  return {
    list: async ({ limit, after = '', email }) =>
      [...users.values()]
        .map(({ user }) => user)
        .filter(({ id }) => id > after)
        .filter((user) => email === undefined || user.email.toLowerCase() === email.toLowerCase())
        .slice(0, limit),
    find: async (id) => users.get(id),
    async create(user) {
      if (taken(user.email)) return 'email_taken';
      const now = new Date().toISOString();
      const stored = { user: { id: uuidv7(), ...user, createdAt: now, updatedAt: now }, version: 1 };
      users.set(stored.user.id, stored);
      return stored;
    },
    async update(id, patch, versions) {
      const inTheWay = obstacle(id, versions);
      if (inTheWay) return inTheWay;
      if (patch.email !== undefined && taken(patch.email, id)) return 'email_taken';
      const { user, version } = users.get(id)!;
      if (patch.email === undefined && patch.name === undefined) return { user, version };
      const email = patch.email ?? user.email;
      const name = patch.name ?? user.name;
      const stored = {
        user: { ...user, email, name, updatedAt: new Date().toISOString() },
        version: version + 1,
      };
      users.set(id, stored);
      return stored;
    },
    async delete(id, versions) {
      const inTheWay = obstacle(id, versions);
      if (!inTheWay) users.delete(id);
      return inTheWay;
    },
  };
}
