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

/**
 * A user by what the pool accepts at sign-in: the username, an attribute that replaces it, or an alias. As an alias, an
 * email address or phone number counts only when it is verified.
 */
export function findUserBySignInName(pool: UserPool, name: string): User | undefined {
  const { users, usernameAttributes, aliasAttributes, usernameCaseSensitive = true } = pool;
  const isName = (value = '') =>
    usernameCaseSensitive ? value === name : value.toLowerCase() === name.toLowerCase();
  return (
    users.find(({ username }) => isName(username)) ??
    users.find(
      ({ attributes }) =>
        usernameAttributes.some((attribute) => isName(attributes[attribute])) ||
        aliasAttributes.some(
          (attribute) => isName(attributes[attribute]) && isAliasInUse(attributes, attribute),
        ),
    )
  );
}

/** Whether an alias attribute with this value signs in: a preferred_username cannot be verified. */
export function isAliasInUse(attributes: User['attributes'], attribute: string): boolean {
  return attribute === 'preferred_username' || attributes[`${attribute}_verified`] === 'true';
}
