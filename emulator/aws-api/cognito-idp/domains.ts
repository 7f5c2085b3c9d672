import { z } from 'zod';
import { ApiError } from '../aws-error';
import { text } from '../input';
import { findPool, userPoolId } from './members';
import { account, operation } from '../operation';

const domain = text(1, 63, /[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/);
const reservedWords = ['aws', 'amazon', 'cognito'];

/** Prefix domains, `<prefix>.auth.<region>.amazoncognito.com` on AWS and `<prefix>.localhost` here. */
export const domainOperations = {
  CreateUserPoolDomain: operation(
    z.strictObject({
      Domain: domain,
      UserPoolId: userPoolId,
      ManagedLoginVersion: z.int().min(1).max(2).default(1),
    }),
    ({ Domain, UserPoolId, ManagedLoginVersion }, call) =>
      call.pools.change((state) => {
        const reserved = reservedWords.find((word) => Domain.includes(word));
        if (reserved !== undefined) refuse(`Domain cannot contain reserved word: ${reserved}`);
        const pool = findPool(state, call, UserPoolId);
        if (pool.domain !== undefined) refuse('User pool already has a domain configured.');
        if (state.userPools.some((other) => other.domain === Domain)) {
          refuse('Domain already associated with another user pool.');
        }
        pool.domain = Domain;
        pool.managedLoginVersion = ManagedLoginVersion;
        return { ManagedLoginVersion };
      }),
  ),

  /** Like Cognito's, it describes a domain that does not exist as one without members. */
  DescribeUserPoolDomain: operation(z.strictObject({ Domain: domain }), ({ Domain }, { pools, region }) => {
    const pool = pools.state.userPools.find((pool) => pool.domain === Domain);
    if (!pool?.id.startsWith(`${region}_`)) return { DomainDescription: {} };
    return {
      DomainDescription: {
        AWSAccountId: account,
        Domain,
        ManagedLoginVersion: pool.managedLoginVersion,
        Status: 'ACTIVE',
        UserPoolId: pool.id,
      },
    };
  }),

  DeleteUserPoolDomain: operation(
    z.strictObject({ Domain: domain, UserPoolId: userPoolId }),
    ({ Domain, UserPoolId }, call) =>
      call.pools.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        if (pool.domain !== Domain) refuse('No such domain or user pool exists.');
        delete pool.domain;
        delete pool.managedLoginVersion;
        return {};
      }),
  ),
};

function refuse(message: string): never {
  throw new ApiError('InvalidParameterException', message);
}
