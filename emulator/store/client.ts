import { randomId } from './random-id';
import type { Client } from './state';

/** A new app client with Cognito's defaults: no secret, no OAuth flows. */
export function newClient(clientName: string, now: number): Client {
  return {
    clientId: randomId(26),
    clientName,
    secrets: [],
    allowedOAuthFlowsUserPoolClient: false,
    allowedOAuthFlows: [],
    allowedOAuthScopes: [],
    explicitAuthFlows: [],
    callbackUrls: [],
    logoutUrls: [],
    accessTokenValiditySeconds: 3600,
    idTokenValiditySeconds: 3600,
    refreshTokenValiditySeconds: 30 * 86_400,
    tokenValidityUnits: {},
    enableTokenRevocation: true,
    passthrough: {},
    createdAt: now,
    lastModifiedAt: now,
  };
}

/** Whether each refresh returns a new refresh token. */
export function rotatesRefreshTokens({ refreshTokenRotation }: Client): boolean {
  return refreshTokenRotation?.feature === 'ENABLED';
}
