import { z } from 'zod';
import { hashPassword } from '../../store/password';
import type { User, UserPool } from '../../store/state';
import { AwsError } from '../aws-error';
import { only, text } from '../input';
import { operation } from '../operation';
import { addUser } from './add-user';
import { checkPassword } from './check-password';
import { clientMetadata, findPool, requireUser, username, userPoolId } from './members';

const existing = { UserPoolId: userPoolId, Username: username };
const password = text(1, 256, /\S+/);

/** https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims, without `sub`, which the pool assigns. */
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
  /** No message is sent: the caller sets the password and passes it on. */
  AdminCreateUser: operation(
    z.strictObject({
      ...existing,
      UserAttributes: z.array(z.strictObject({ Name: text(1, 32), Value: text(0, 2048) })).default([]),
      TemporaryPassword: password.optional(),
      ForceAliasCreation: z.boolean().default(false),
      MessageAction: only(z.enum(['SUPPRESS', 'RESEND']), 'SUPPRESS').optional(),
      DesiredDeliveryMediums: z.array(z.enum(['SMS', 'EMAIL'])).optional(),
      ClientMetadata: clientMetadata,
    }),
    ({ UserPoolId, Username, UserAttributes, TemporaryPassword, ForceAliasCreation }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        const unknown = UserAttributes.find(({ Name }) => !standardAttributes.includes(Name));
        if (unknown) {
          refuse(
            `Attributes did not conform to the schema: the pool has no attribute ${unknown.Name} to set.`,
          );
        }
        const attributes = Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
        const options = { moveAliases: ForceAliasCreation, now: call.store.now() };
        const user = addUser(pool, Username, attributes, options);
        if (TemporaryPassword !== undefined) setPassword(pool, user, TemporaryPassword);
        return { User: { ...describe(user), Attributes: describeAttributes(user) } };
      }),
  ),

  AdminGetUser: operation(z.strictObject(existing), ({ UserPoolId, Username }, call) => {
    const user = requireUser(findPool(call.store.state, call, UserPoolId), Username);
    return { ...describe(user), UserAttributes: describeAttributes(user) };
  }),

  AdminSetUserPassword: operation(
    z.strictObject({ ...existing, Password: password, Permanent: z.boolean().default(false) }),
    ({ UserPoolId, Username, Password, Permanent }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        const user = requireUser(pool, Username);
        setPassword(pool, user, Password);
        user.status = Permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
        user.lastModifiedAt = call.store.now();
        return {};
      }),
  ),
};

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
  throw new AwsError('InvalidParameterException', message);
}
