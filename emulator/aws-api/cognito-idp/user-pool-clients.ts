import { z } from 'zod';
import { newClient } from '../../store/client';
import { addClientSecret } from '../../store/client-secret';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { operation } from '../operation';
import { nextToken, pageOf } from '../page';
import { applySettings, describeClient, settings } from './client-settings';
import { clientId, clientSecret, findClient, findPool, userPoolId } from './members';

const clientName = text(1, 128, /[\w\s+=,.@-]+/);
const existing = { UserPoolId: userPoolId, ClientId: clientId };

export const userPoolClientOperations = {
  CreateUserPoolClient: operation(
    z.strictObject({
      UserPoolId: userPoolId,
      ClientName: clientName,
      GenerateSecret: z.boolean().default(false),
      ClientSecret: clientSecret.optional(),
      ...settings,
    }),
    ({ UserPoolId, ClientName, GenerateSecret, ClientSecret, ...members }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        if (pool.clients.length === 1000) {
          throw new AwsError('LimitExceededException', 'A user pool has at most 1,000 app clients.');
        }
        if (GenerateSecret && ClientSecret !== undefined) {
          throw new AwsError(
            'InvalidParameterException',
            'GenerateSecret and ClientSecret exclude each other.',
          );
        }
        const now = call.store.now();
        const client = newClient(ClientName, now);
        if (GenerateSecret || ClientSecret !== undefined) addClientSecret(client, now, ClientSecret);
        applySettings(pool, client, members);
        pool.clients.push(client);
        return { UserPoolClient: describeClient(pool, client) };
      }),
  ),

  DescribeUserPoolClient: operation(z.strictObject(existing), ({ UserPoolId, ClientId }, call) => {
    const pool = findPool(call.store.state, call, UserPoolId);
    return { UserPoolClient: describeClient(pool, findClient(pool, ClientId)) };
  }),

  /** As with Cognito, omitted members are reset to their defaults. */
  UpdateUserPoolClient: operation(
    z.strictObject({ ...existing, ClientName: clientName.optional(), ...settings }),
    ({ UserPoolId, ClientId, ClientName, ...members }, call) =>
      call.store.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        const client = findClient(pool, ClientId);
        client.clientName = ClientName ?? client.clientName;
        client.lastModifiedAt = call.store.now();
        applySettings(pool, client, members);
        return { UserPoolClient: describeClient(pool, client) };
      }),
  ),

  ListUserPoolClients: operation(
    z.strictObject({
      UserPoolId: userPoolId,
      MaxResults: z.int().min(1).max(60).default(60),
      NextToken: nextToken,
      ClientType: z.enum(['REGULAR', 'DCR']).default('REGULAR'),
    }),
    ({ UserPoolId, MaxResults, NextToken, ClientType }, call) => {
      const pool = findPool(call.store.state, call, UserPoolId);
      // There is no dynamic client registration here.
      const clients = ClientType === 'REGULAR' ? pool.clients : [];
      const { items, ...rest } = pageOf(clients, ({ clientId }) => clientId, MaxResults, NextToken);
      const summaries = items.map(({ clientId, clientName }) => ({
        ClientId: clientId,
        ClientName: clientName,
        UserPoolId,
      }));
      return { UserPoolClients: summaries, ...rest };
    },
  ),

  DeleteUserPoolClient: operation(z.strictObject(existing), ({ UserPoolId, ClientId }, call) =>
    call.store.change((state) => {
      const pool = findPool(state, call, UserPoolId);
      const deleted = findClient(pool, ClientId);
      pool.clients = pool.clients.filter((client) => client !== deleted);
      pool.refreshTokens = pool.refreshTokens.filter(({ clientId }) => clientId !== ClientId);
      return undefined;
    }),
  ),
};
