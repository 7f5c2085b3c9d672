import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { regionOf } from '../../../src/auth/issuers';
import { accountId } from '../../store/account-id';
import type { UserPool } from '../../store/state';
import { defaultPasswordPolicy, newUserPool } from '../../store/user-pool';
import { AwsError } from '../aws-error';
import { only, text } from '../input';
import { operation } from '../operation';
import { nextToken, pageOf } from '../page';
import { withoutUndefined } from '../without-undefined';
import { findPool, userPoolId } from './members';

const poolName = text(1, 128, /[\w\s+=,.@-]+/);
const verifiedAttribute = z.enum(['phone_number', 'email']);

/** Stored and returned as given; nothing here depends on them. */
const passthrough = {
  AccountRecoverySetting: z.looseObject({}).optional(),
  AdminCreateUserConfig: z.looseObject({}).optional(),
  AutoVerifiedAttributes: z.array(verifiedAttribute).optional(),
  EmailConfiguration: z.looseObject({}).optional(),
  UserPoolTags: z.record(text(1, 128), text(0, 256)).optional(),
  UserPoolTier: z.enum(['LITE', 'ESSENTIALS', 'PLUS']).optional(),
  VerificationMessageTemplate: z.looseObject({}).optional(),
};

const changeable = {
  DeletionProtection: z.enum(['ACTIVE', 'INACTIVE']).optional(),
  IssuerConfiguration: z.strictObject({ Type: z.enum(['ORIGINAL', 'UPDATED']).optional() }).optional(),
  MfaConfiguration: only(z.enum(['OFF', 'ON', 'OPTIONAL']), 'OFF').optional(),
  Policies: z
    .strictObject({
      PasswordPolicy: z
        .strictObject({
          MinimumLength: z.int().min(6).max(99).optional(),
          RequireLowercase: z.boolean().optional(),
          RequireUppercase: z.boolean().optional(),
          RequireNumbers: z.boolean().optional(),
          RequireSymbols: z.boolean().optional(),
        })
        .optional(),
    })
    .optional(),
  ...passthrough,
};
/** Only at the creation of a pool. */
const permanent = {
  AliasAttributes: z.array(z.enum(['email', 'phone_number', 'preferred_username'])).default([]),
  UsernameAttributes: z.array(z.enum(['email', 'phone_number'])).default([]),
  UsernameConfiguration: z.strictObject({ CaseSensitive: z.boolean() }).optional(),
};
type Changeable = z.output<z.ZodObject<typeof changeable>>;

export const userPoolOperations = {
  CreateUserPool: operation(
    z.strictObject({ PoolName: poolName, ...permanent, ...changeable }),
    (
      { PoolName, AliasAttributes, UsernameAttributes, UsernameConfiguration, ...members },
      { store, region },
    ) => {
      if (AliasAttributes.length > 0 && UsernameAttributes.length > 0) {
        throw new AwsError(
          'InvalidParameterException',
          'Only one of the aliasAttributes or usernameAttributes can be set in a User pool.',
        );
      }
      const pool = {
        ...newUserPool(`${region}_${randomIdentifier()}`, PoolName, store.now()),
        aliasAttributes: AliasAttributes,
        usernameAttributes: UsernameAttributes,
        usernameCaseSensitive: UsernameConfiguration?.CaseSensitive,
      };
      return store.change((state) => {
        state.userPools.push(pool);
        setMembers(pool, members);
        return { UserPool: describe(pool) };
      });
    },
  ),

  DescribeUserPool: operation(z.strictObject({ UserPoolId: userPoolId }), ({ UserPoolId }, call) => ({
    UserPool: describe(findPool(call.store.state, call, UserPoolId)),
  })),

  /** As with Cognito, omitted members are reset to their defaults. */
  UpdateUserPool: operation(
    z.strictObject({ UserPoolId: userPoolId, PoolName: poolName.optional(), ...changeable }),
    ({ UserPoolId, PoolName, ...members }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        pool.name = PoolName ?? pool.name;
        pool.lastModifiedAt = call.store.now();
        setMembers(pool, members);
        return {};
      }),
  ),

  ListUserPools: operation(
    z.strictObject({ MaxResults: z.int().min(1).max(60), NextToken: nextToken }),
    ({ MaxResults, NextToken }, { store, region }) => {
      const ofRegion = store.state.userPools.filter(({ id }) => id.startsWith(`${region}_`));
      const { items, ...rest } = pageOf(ofRegion, ({ id }) => id, MaxResults, NextToken);
      return { UserPools: items.map(summarise), ...rest };
    },
  ),

  DeleteUserPool: operation(z.strictObject({ UserPoolId: userPoolId }), ({ UserPoolId }, call) =>
    call.store.change((state) => {
      const pool = findPool(state, call, UserPoolId);
      if (pool.deletionProtection === 'ACTIVE') {
        throw new AwsError(
          'InvalidParameterException',
          'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
        );
      }
      if (pool.domain !== undefined) {
        throw new AwsError(
          'InvalidParameterException',
          'User pool cannot be deleted. It has a domain configured that should be deleted first.',
        );
      }
      state.userPools = state.userPools.filter(({ id }) => id !== UserPoolId);
      return undefined;
    }),
  ),
};

function setMembers(
  pool: UserPool,
  { DeletionProtection, IssuerConfiguration, Policies, MfaConfiguration, ...rest }: Changeable,
): void {
  const policy = Policies?.PasswordPolicy;
  pool.deletionProtection = DeletionProtection ?? 'INACTIVE';
  pool.issuer = IssuerConfiguration?.Type ?? 'ORIGINAL';
  // In a given policy, only the length has a default.
  pool.passwordPolicy = policy
    ? {
        minimumLength: policy.MinimumLength ?? defaultPasswordPolicy.minimumLength,
        requireLowercase: policy.RequireLowercase ?? false,
        requireUppercase: policy.RequireUppercase ?? false,
        requireNumbers: policy.RequireNumbers ?? false,
        requireSymbols: policy.RequireSymbols ?? false,
      }
    : defaultPasswordPolicy;
  pool.passthrough = withoutUndefined(rest);
}

function describe(pool: UserPool): object {
  const policy = pool.passwordPolicy;
  return {
    ...summarise(pool),
    Arn: `arn:aws:cognito-idp:${regionOf(pool.id)}:${accountId}:userpool/${pool.id}`,
    DeletionProtection: pool.deletionProtection,
    EstimatedNumberOfUsers: pool.users.length,
    IssuerConfiguration: { Type: pool.issuer },
    MfaConfiguration: 'OFF',
    Policies: {
      PasswordPolicy: {
        MinimumLength: policy.minimumLength,
        RequireLowercase: policy.requireLowercase,
        RequireUppercase: policy.requireUppercase,
        RequireNumbers: policy.requireNumbers,
        RequireSymbols: policy.requireSymbols,
      },
    },
    ...(pool.domain && { Domain: pool.domain }),
    ...(pool.aliasAttributes.length > 0 && { AliasAttributes: pool.aliasAttributes }),
    ...(pool.usernameAttributes.length > 0 && { UsernameAttributes: pool.usernameAttributes }),
    ...(pool.usernameCaseSensitive !== undefined && {
      UsernameConfiguration: { CaseSensitive: pool.usernameCaseSensitive },
    }),
    ...pool.passthrough,
  };
}

function summarise(pool: UserPool): object {
  return {
    Id: pool.id,
    Name: pool.name,
    LambdaConfig: {},
    CreationDate: pool.createdAt,
    LastModifiedDate: pool.lastModifiedAt,
  };
}

/** The second part of a pool's id: nine letters and digits, as in `AbCdEf123`. */
function randomIdentifier(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 9 }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
