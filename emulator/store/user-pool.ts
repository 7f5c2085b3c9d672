import { createSigningKey } from './signing-key';
import type { UserPool } from './state';

/** A new user pool with Cognito's defaults. */
export function newUserPool(id: string, name: string, now: number): UserPool {
  return {
    id,
    name,
    issuer: 'ORIGINAL',
    usernameAttributes: [],
    aliasAttributes: [],
    deletionProtection: 'INACTIVE',
    passwordPolicy: defaultPasswordPolicy,
    idKey: createSigningKey(),
    accessKey: createSigningKey(),
    resourceServers: [],
    clients: [],
    groups: [],
    users: [],
    refreshTokens: [],
    passthrough: {},
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
