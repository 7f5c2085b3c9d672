import { z } from 'zod';
import { newClientSecret } from '../../store/client-secret';
import { ApiError } from '../aws-error';
import { text } from '../input';
import { clientId, clientSecret, findClient, findPool, userPoolId } from './members';
import { operation } from '../operation';

const existing = { UserPoolId: userPoolId, ClientId: clientId };

/** The up to two secrets of an app client, of which the second takes the place of the first. */
export const clientSecretOperations = {
  AddUserPoolClientSecret: operation(
    z.strictObject({ ...existing, ClientSecret: clientSecret.optional() }),
    ({ UserPoolId, ClientId, ClientSecret }, call) =>
      call.pools.change((state) => {
        const { secrets } = findClient(findPool(state, call, UserPoolId), ClientId);
        if (secrets.length === 0) {
          throw new ApiError('InvalidParameterException', 'A public client cannot get a secret.');
        }
        if (secrets.length === 2) {
          throw new ApiError('LimitExceededException', 'An app client has at most 2 secrets.');
        }
        const secret = newClientSecret(call.pools.now(), ClientSecret);
        secrets.push(secret);
        return {
          ClientSecretDescriptor: {
            ClientSecretId: secret.id,
            ClientSecretCreateDate: secret.createdAt,
            // Whoever brings a secret along knows it.
            ...(ClientSecret === undefined && { ClientSecretValue: secret.value }),
          },
        };
      }),
  ),

  ListUserPoolClientSecrets: operation(z.strictObject(existing), ({ UserPoolId, ClientId }, call) => {
    const { secrets } = findClient(findPool(call.pools.state, call, UserPoolId), ClientId);
    return {
      ClientSecrets: secrets.map(({ id, createdAt }) => ({
        ClientSecretId: id,
        ClientSecretCreateDate: createdAt,
      })),
    };
  }),

  DeleteUserPoolClientSecret: operation(
    z.strictObject({ ...existing, ClientSecretId: text(1, 128) }),
    ({ UserPoolId, ClientId, ClientSecretId }, call) =>
      call.pools.change((state) => {
        const client = findClient(findPool(state, call, UserPoolId), ClientId);
        const left = client.secrets.filter(({ id }) => id !== ClientSecretId);
        if (left.length === client.secrets.length) {
          throw new ApiError('ResourceNotFoundException', `Client secret ${ClientSecretId} does not exist.`);
        }
        if (left.length === 0) {
          throw new ApiError(
            'InvalidParameterException',
            'The last secret of an app client cannot be deleted.',
          );
        }
        client.secrets = left;
        return {};
      }),
  ),
};
