import type { User, UserPool } from '../../store/state';
import { findUserBySignInName, isAliasInUse, newUser } from '../../store/user';
import { AwsError } from '../aws-error';

const formats = {
  email: { pattern: /^\S+@\S+\.\S+$/, article: 'an', noun: 'email' },
  phone_number: { pattern: /^\+\d{1,15}$/, article: 'a', noun: 'phone number' },
};

/**
 * Adds a user to a pool under the rules of its sign-in options
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html). Where an attribute
 * replaces the username, the given name becomes that attribute, and the username is the `sub`.
 *
 * @param moveAliases Whether an alias that another user has is moved to the new user.
 * @throws AwsError `InvalidParameterException`, `UsernameExistsException` or `AliasExistsException`
 */
export function addUser(
  pool: UserPool,
  name: string,
  attributes: Record<string, string>,
  { moveAliases, now }: { moveAliases: boolean; now: number },
): User {
  const user = newUser(name, attributes, now);
  if (pool.usernameAttributes.length > 0) replaceUsername(pool, user);
  else if (findUserBySignInName(pool, name)) {
    throw new AwsError('UsernameExistsException', 'User account already exists');
  }
  claimAliases(pool, user, moveAliases);
  pool.users.push(user);
  return user;
}

function replaceUsername({ usernameAttributes, ...pool }: UserPool, user: User): void {
  const name = user.username;
  const attribute = usernameAttributes.find((attribute) => formats[attribute].pattern.test(name));
  if (!attribute) {
    const expected = usernameAttributes
      .map((attribute) => formats[attribute])
      .map(({ article, noun }) => `${article} ${noun}`);
    const either = expected.length > 1 ? 'either ' : '';
    refuse(`Username should be ${either}${expected.join(' or ')}.`);
  }
  if (findUserBySignInName({ ...pool, usernameAttributes }, name)) {
    throw new AwsError('UsernameExistsException', `An account with the given ${attribute} already exists.`);
  }
  user.attributes[attribute] = name;
  user.username = user.sub;
}

function claimAliases(pool: UserPool, user: User, move: boolean): void {
  for (const attribute of pool.aliasAttributes) {
    if (attribute !== 'preferred_username' && formats[attribute].pattern.test(user.username)) {
      const { noun } = formats[attribute];
      refuse(`Username cannot be of ${noun} format, since user pool is configured for ${noun} alias.`);
    }
    const value = user.attributes[attribute];
    if (value === undefined || !isAliasInUse(user.attributes, attribute)) continue;
    const holder = findUserBySignInName(pool, value);
    if (!holder) continue;
    if (!move || attribute === 'preferred_username')
      throw new AwsError('AliasExistsException', `An account with the ${attribute} already exists.`);
    holder.attributes[`${attribute}_verified`] = 'false';
  }
}

function refuse(message: string): never {
  throw new AwsError('InvalidParameterException', message);
}
