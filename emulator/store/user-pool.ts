import { randomText } from './random-text';
import { createSigningKey } from './signing-key';
import type { Client, UserPool } from './state';

/** A new user pool, with what Cognito gives to one for which nothing else was asked. */
export function newUserPool(id: string, name: string, now: number): UserPool {
  return {
    id,
    name,
    issuer: 'ORIGINAL',
    deletionProtection: 'INACTIVE',
    passwordPolicy: defaultPasswordPolicy,
    idKey: createSigningKey(),
    accessKey: createSigningKey(),
    resourceServers: [],
    clients: [],
    groups: [],
    users: [],
    refreshTokens: [],
    shownAgain: {},
    createdAt: now,
    lastModifiedAt: now,
  };
}

export const defaultPasswordPolicy: UserPool['passwordPolicy'] = {
  minimumLength: 8,
  requireLowercase: true,
  requireUppercase: true,
  requireNumbers: true,
  requireSymbols: true,
};

/** A new app client, likewise: without a secret, and without OAuth. */
export function newClient(clientName: string, now: number): Client {
  return {
    clientId: randomText(26),
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
    shownAgain: {},
    createdAt: now,
    lastModifiedAt: now,
  };
}
