import { z } from 'zod';
import { accountId } from '../../store/account-id';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { operation } from '../operation';
import { findPool, userPoolId } from './members';

const domain = text(1, 63, /[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/);
const reservedWords = ['aws', 'amazon', 'cognito'];

/** Prefix domains: `<prefix>.auth.<region>.amazoncognito.com` on AWS, `<prefix>.localhost` here. */
export const domainOperations = {
  CreateUserPoolDomain: operation(
    z.strictObject({
      Domain: domain,
      UserPoolId: userPoolId,
      ManagedLoginVersion: z.int().min(1).max(2).default(1),
    }),
    ({ Domain, UserPoolId, ManagedLoginVersion }, call) =>
      call.store.change((state) => {
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

  /** As with Cognito, the description of an unknown domain is empty. */
  DescribeUserPoolDomain: operation(z.strictObject({ Domain: domain }), ({ Domain }, { store, region }) => {
    const pool = store.state.userPools.find((pool) => pool.domain === Domain);
    if (!pool?.id.startsWith(`${region}_`)) return { DomainDescription: {} };
    return {
      DomainDescription: {
        AWSAccountId: accountId,
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
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        if (pool.domain !== Domain) refuse('No such domain or user pool exists.');
        delete pool.domain;
        delete pool.managedLoginVersion;
        return {};
      }),
  ),
};

function refuse(message: string): never {
  throw new AwsError('InvalidParameterException', message);
}
