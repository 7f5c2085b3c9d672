import { randomUUID } from 'node:crypto';
import type { User } from './state';

/** A new user, who cannot sign in until there is a password. */
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
