import { z } from 'zod';
import { hasSecret } from '../../store/client-secret';
import type { Client, UserPool } from '../../store/state';
import { issueAccessToken } from '../../tokens/access-token';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { type Operation, operation } from '../operation';
import { clientId, clientMetadata, clientSecret } from './members';

/**
 * Tokens for machine clients without the OAuth endpoints, and so without a domain. The client authenticates with its
 * secret; the call needs no signature.
 */
export const clientTokenOperations: Record<string, Operation> = {
  GetClientToken: {
    ...operation(
      z.strictObject({
        ClientId: clientId,
        Secret: clientSecret,
        Scopes: z.array(text(1, 256)).max(50).optional(),
        ClientMetadata: clientMetadata,
      }),
      ({ ClientId, Secret, Scopes }, { store, region }) => {
        const { pool, client } = findClient(store.state.userPools, region, ClientId);
        if (!hasSecret(client, Secret)) {
          throw new AwsError('NotAuthorizedException', 'Wrong client secret.');
        }
        if (!client.explicitAuthFlows.includes('ALLOW_CLIENT_TOKEN_AUTH')) {
          throw new AwsError(
            'InvalidParameterException',
            'CLIENT_TOKEN_AUTH flow not enabled for this client.',
          );
        }
        const scopes = [...new Set(Scopes ?? client.allowedOAuthScopes)];
        const foreign = scopes.find((scope) => !client.allowedOAuthScopes.includes(scope));
        if (foreign !== undefined) {
          throw new AwsError('InvalidParameterException', `The client does not have the scope ${foreign}.`);
        }
        return {
          ClientAuthenticationResult: {
            AccessToken: issueAccessToken(pool, client, scopes, store.now()),
            ExpiresIn: client.accessTokenValiditySeconds,
            TokenType: 'Bearer',
          },
        };
      },
    ),
    unsigned: true,
  },
};

/** Client ids are unique over all pools. A call without a signature has no Region, and searches all of them. */
function findClient(
  pools: readonly UserPool[],
  region: string,
  id: string,
): { pool: UserPool; client: Client } {
  for (const pool of pools.filter((pool) => pool.id.startsWith(region))) {
    const client = pool.clients.find(({ clientId }) => clientId === id);
    if (client) return { pool, client };
  }
  throw new AwsError('ResourceNotFoundException', `User pool client ${id} does not exist.`);
}
