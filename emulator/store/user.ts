import { randomUUID } from 'node:crypto';
import type { User, UserPool } from './state';

/** A new user, who cannot sign in before a password is set. */
export function newUser(username: string, attributes: Record<string, string>, now: number): User {
  return {
    username,
    sub: randomUUID(),
    attributes,
    status: 'FORCE_CHANGE_PASSWORD',
    enabled: true,
    groups: [],
    createdAt: now,
    lastModifiedAt: now,
  };
}

/** A user by the name under which it is stored, as sessions, codes and refresh tokens refer to it. */
export function findUser({ users }: UserPool, username: string): User | undefined {
  return users.find((user) => user.username === username);
}
