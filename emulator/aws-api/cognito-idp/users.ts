import { z } from 'zod';
import { hashPassword } from '../../store/password';
import type { User, UserPool } from '../../store/state';
import { newUser } from '../../store/user';
import { ApiError } from '../aws-error';
import { text } from '../input';
import { clientMetadata, findPool, given, username, userPoolId } from './members';
import { operation } from '../operation';
import { checkPassword } from './password-policy';

const existing = { UserPoolId: userPoolId, Username: username };
const password = text(1, 256, /\S+/);
const groupName = text(1, 128, /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u);

/** https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims, but `sub`, which the pool makes. */
const standardAttributes = [
  'address',
  'birthdate',
  'email',
  'email_verified',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'phone_number_verified',
  'picture',
  'preferred_username',
  'profile',
  'updated_at',
  'website',
  'zoneinfo',
];

export const userOperations = {
  /** No message is sent: whoever creates a user gives the password, and tells it. */
  AdminCreateUser: operation(
    z.strictObject({
      ...existing,
      UserAttributes: z.array(z.strictObject({ Name: text(1, 32), Value: text(0, 2048) })).default([]),
      TemporaryPassword: password.optional(),
      MessageAction: z.enum(['SUPPRESS']).optional(),
      DesiredDeliveryMediums: z.array(z.enum(['SMS', 'EMAIL'])).optional(),
      ClientMetadata: clientMetadata,
    }),
    ({ UserPoolId, Username, UserAttributes, TemporaryPassword }, call) =>
      call.pools.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        if (find(pool, Username)) {
          throw new ApiError('UsernameExistsException', 'User account already exists');
        }
        const unknown = UserAttributes.find(({ Name }) => !standardAttributes.includes(Name));
        if (unknown) {
          refuse(
            `Attributes did not conform to the schema: the pool has no attribute ${unknown.Name} to set.`,
          );
        }
        const attributes = Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
        const user = newUser(Username, attributes, call.pools.now());
        if (TemporaryPassword !== undefined) setPassword(pool, user, TemporaryPassword);
        pool.users.push(user);
        return { User: { ...describe(user), Attributes: describeAttributes(user) } };
      }),
  ),

  AdminGetUser: operation(z.strictObject(existing), ({ UserPoolId, Username }, call) => {
    const user = requireUser(findPool(call.pools.state, call, UserPoolId), Username);
    return { ...describe(user), UserAttributes: describeAttributes(user) };
  }),

  AdminSetUserPassword: operation(
    z.strictObject({ ...existing, Password: password, Permanent: z.boolean().default(false) }),
    ({ UserPoolId, Username, Password, Permanent }, call) =>
      call.pools.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        const user = requireUser(pool, Username);
        setPassword(pool, user, Password);
        user.status = Permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
        user.lastModifiedAt = call.pools.now();
        return {};
      }),
  ),

  CreateGroup: operation(
    z.strictObject({
      UserPoolId: userPoolId,
      GroupName: groupName,
      Description: text(0, 2048).optional(),
      Precedence: z.int().min(0).optional(),
    }),
    ({ UserPoolId, GroupName, Description, Precedence }, call) =>
      call.pools.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        if (pool.groups.some(({ name }) => name === GroupName)) {
          throw new ApiError('GroupExistsException', 'A group with the name already exists.');
        }
        const now = call.pools.now();
        const members = { description: Description, precedence: Precedence };
        pool.groups.push({ name: GroupName, ...members, createdAt: now, lastModifiedAt: now });
        return {
          Group: {
            GroupName,
            UserPoolId,
            ...given({ Description, Precedence }),
            CreationDate: now,
            LastModifiedDate: now,
          },
        };
      }),
  ),

  AdminAddUserToGroup: operation(
    z.strictObject({ ...existing, GroupName: groupName }),
    ({ UserPoolId, Username, GroupName }, call) =>
      call.pools.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        const user = requireUser(pool, Username);
        if (!pool.groups.some(({ name }) => name === GroupName)) {
          throw new ApiError('ResourceNotFoundException', 'Group not found.');
        }
        user.groups = [...new Set([...user.groups, GroupName])];
        return undefined;
      }),
  ),
};

function find(pool: UserPool, name: string): User | undefined {
  return pool.users.find(({ username }) => username === name);
}

function requireUser(pool: UserPool, name: string): User {
  const user = find(pool, name);
  if (user) return user;
  throw new ApiError('UserNotFoundException', 'User does not exist.');
}

function setPassword(pool: UserPool, user: User, password: string): void {
  checkPassword(pool, password);
  user.password = hashPassword(password);
}

function describe(user: User): object {
  return {
    Username: user.username,
    Enabled: user.enabled,
    UserStatus: user.status,
    UserCreateDate: user.createdAt,
    UserLastModifiedDate: user.lastModifiedAt,
  };
}

function describeAttributes({ sub, attributes }: User): object[] {
  return Object.entries({ sub, ...attributes }).map(([Name, Value]) => ({ Name, Value }));
}

function refuse(message: string): never {
  throw new ApiError('InvalidParameterException', message);
}
