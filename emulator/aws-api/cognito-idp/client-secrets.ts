import { z } from 'zod';
import { addClientSecret } from '../../store/client-secret';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { operation } from '../operation';
import { clientId, clientSecret, findClient, findPool, userPoolId } from './members';

const existing = { UserPoolId: userPoolId, ClientId: clientId };

/** An app client has up to two secrets: the second is there to replace the first. */
export const clientSecretOperations = {
  AddUserPoolClientSecret: operation(
    z.strictObject({ ...existing, ClientSecret: clientSecret.optional() }),
    ({ UserPoolId, ClientId, ClientSecret }, call) =>
      call.store.change((state) => {
        const client = findClient(findPool(state, call, UserPoolId), ClientId);
        if (client.secrets.length === 0) {
          throw new AwsError('InvalidParameterException', 'A public client cannot get a secret.');
        }
        if (client.secrets.length === 2) {
          throw new AwsError('LimitExceededException', 'An app client has at most 2 secrets.');
        }
        const secret = addClientSecret(client, call.store.now(), ClientSecret);
        return {
          ClientSecretDescriptor: {
            ClientSecretId: secret.id,
            ClientSecretCreateDate: secret.createdAt,
            // A secret that the caller provided is not repeated.
            ...(ClientSecret === undefined && { ClientSecretValue: secret.value }),
          },
        };
      }),
  ),

  ListUserPoolClientSecrets: operation(z.strictObject(existing), ({ UserPoolId, ClientId }, call) => {
    const { secrets } = findClient(findPool(call.store.state, call, UserPoolId), ClientId);
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
      call.store.change((state) => {
        const client = findClient(findPool(state, call, UserPoolId), ClientId);
        const remaining = client.secrets.filter(({ id }) => id !== ClientSecretId);
        if (remaining.length === client.secrets.length) {
          throw new AwsError('ResourceNotFoundException', `Client secret ${ClientSecretId} does not exist.`);
        }
        if (remaining.length === 0) {
          throw new AwsError(
            'InvalidParameterException',
            'The last secret of an app client cannot be deleted.',
          );
        }
        client.secrets = remaining;
        return {};
      }),
  ),
};
