import { z } from 'zod';
import type { ResourceServer, UserPool } from '../../store/state';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { operation } from '../operation';
import { nextToken, pageOf } from '../page';
import { findPool, userPoolId } from './members';

const identifier = text(1, 256, /[\x21\x23-\x5B\x5D-\x7E]+/);
const settings = {
  Name: text(1, 256, /[\w\s+=,.@-]+/),
  Scopes: z
    .array(
      z.strictObject({
        // Without the slash, which separates identifier and name.
        ScopeName: text(1, 256, /[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+/),
        ScopeDescription: text(1, 256),
      }),
    )
    .max(100)
    .optional(),
};
const existing = { UserPoolId: userPoolId, Identifier: identifier };

export const resourceServerOperations = {
  CreateResourceServer: operation(
    z.strictObject({ ...existing, ...settings }),
    ({ UserPoolId, Identifier, ...members }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        if (pool.resourceServers.some((server) => server.identifier === Identifier)) {
          throw new AwsError(
            'InvalidParameterException',
            `${Identifier} already exists in user pool ${UserPoolId}.`,
          );
        }
        if (pool.resourceServers.length === 25) {
          throw new AwsError('LimitExceededException', 'A user pool has at most 25 resource servers.');
        }
        const server = { identifier: Identifier, ...toSettings(members) };
        pool.resourceServers.push(server);
        return { ResourceServer: describe(pool, server) };
      }),
  ),

  DescribeResourceServer: operation(z.strictObject(existing), ({ UserPoolId, Identifier }, call) => {
    const pool = findPool(call.store.state, call, UserPoolId);
    return { ResourceServer: describe(pool, find(pool, Identifier)) };
  }),

  /** As with Cognito, it removes the scopes that it is not given. */
  UpdateResourceServer: operation(
    z.strictObject({ ...existing, ...settings }),
    ({ UserPoolId, Identifier, ...members }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        const server = Object.assign(find(pool, Identifier), toSettings(members));
        return { ResourceServer: describe(pool, server) };
      }),
  ),

  ListResourceServers: operation(
    z.strictObject({
      UserPoolId: userPoolId,
      MaxResults: z.int().min(1).max(50).default(50),
      NextToken: nextToken,
    }),
    ({ UserPoolId, MaxResults, NextToken }, call) => {
      const pool = findPool(call.store.state, call, UserPoolId);
      const keyOf = (server: ResourceServer) => server.identifier;
      const { items, ...rest } = pageOf(pool.resourceServers, keyOf, MaxResults, NextToken);
      return { ResourceServers: items.map((server) => describe(pool, server)), ...rest };
    },
  ),

  DeleteResourceServer: operation(z.strictObject(existing), ({ UserPoolId, Identifier }, call) =>
    call.store.change((state) => {
      const pool = findPool(state, call, UserPoolId);
      const deleted = find(pool, Identifier);
      pool.resourceServers = pool.resourceServers.filter((server) => server !== deleted);
      return undefined;
    }),
  ),
};

function find(pool: UserPool, identifier: string): ResourceServer {
  const server = pool.resourceServers.find((server) => server.identifier === identifier);
  if (server) return server;
  throw new AwsError('ResourceNotFoundException', `Resource server ${identifier} does not exist.`);
}

function toSettings({
  Name,
  Scopes = [],
}: z.output<z.ZodObject<typeof settings>>): Omit<ResourceServer, 'identifier'> {
  const scopes = Scopes.map(({ ScopeName, ScopeDescription }) => ({
    name: ScopeName,
    description: ScopeDescription,
  }));
  return { name: Name, scopes };
}

function describe({ id }: UserPool, { identifier, name, scopes }: ResourceServer): object {
  return {
    UserPoolId: id,
    Identifier: identifier,
    Name: name,
    Scopes: scopes.map(({ name, description }) => ({ ScopeName: name, ScopeDescription: description })),
  };
}
