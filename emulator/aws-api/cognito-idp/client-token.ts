import { z } from 'zod';
import { issueAccessToken } from '../../tokens/access-token';
import { hasSecret } from '../../store/client-secret';
import type { Client, UserPool } from '../../store/state';
import { ApiError } from '../aws-error';
import { text } from '../input';
import { clientId, clientMetadata, clientSecret } from './members';
import { type Operation, operation } from '../operation';

/**
 * A token for a machine without the OAuth endpoints, so without a domain. The client's own secret stands in place of
 * a signature.
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
      ({ ClientId, Secret, Scopes }, { pools, region }) => {
        const { pool, client } = findClient(pools.state.userPools, region, ClientId);
        if (!hasSecret(client, Secret)) {
          throw new ApiError('NotAuthorizedException', 'Wrong client secret.');
        }
        if (!client.explicitAuthFlows.includes('ALLOW_CLIENT_TOKEN_AUTH')) {
          throw new ApiError(
            'InvalidParameterException',
            'CLIENT_TOKEN_AUTH flow not enabled for this client.',
          );
        }
        const scopes = [...new Set(Scopes ?? client.allowedOAuthScopes)];
        const foreign = scopes.find((scope) => !client.allowedOAuthScopes.includes(scope));
        if (foreign !== undefined) {
          throw new ApiError('InvalidParameterException', `The client does not have the scope ${foreign}.`);
        }
        return {
          ClientAuthenticationResult: {
            AccessToken: issueAccessToken(pool, client, scopes, pools.now()),
            ExpiresIn: client.accessTokenValiditySeconds,
            TokenType: 'Bearer',
          },
        };
      },
    ),
    unsigned: true,
  },
};

/** Over all pools of the Region, since client ids are unique; over all there are for a call without one. */
function findClient(
  pools: readonly UserPool[],
  region: string,
  id: string,
): { pool: UserPool; client: Client } {
  for (const pool of pools.filter((pool) => pool.id.startsWith(region))) {
    const client = pool.clients.find(({ clientId }) => clientId === id);
    if (client) return { pool, client };
  }
  throw new ApiError('ResourceNotFoundException', `User pool client ${id} does not exist.`);
}
