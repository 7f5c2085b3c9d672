import { z } from 'zod';
import { newClientSecret } from '../client-secret';
import type { Client, UserPool } from '../state';
import { newClient } from '../user-pool';
import { ApiError } from './api-error';
import { checkClient } from './client-rules';
import { text } from './input';
import { clientId, clientSecret, findClient, findPool, given, userPoolId } from './members';
import { operation } from './operation';
import { nextToken, pageOf } from './page';
import { toSeconds, unit, validityOf } from './token-validity';

const clientName = text(1, 128, /[\w\s+=,.@-]+/);
const redirectUrl = text(1, 1024, /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u);
const attributes = z.array(text(1, 2048)).optional();

/** Kept and shown again, though nothing here depends on it. */
const shownAgain = {
  AuthSessionValidity: z.int().min(3).max(15).default(3),
  EnablePropagateAdditionalUserContextData: z.boolean().default(false),
  PreventUserExistenceErrors: z.enum(['LEGACY', 'ENABLED']).optional(),
  ReadAttributes: attributes,
  SupportedIdentityProviders: z.array(text(1, 32)).optional(),
  WriteAttributes: attributes,
};

const settings = {
  AccessTokenValidity: z.int().min(1).max(86_400).optional(),
  AllowedOAuthFlows: z
    .array(z.enum(['code', 'implicit', 'client_credentials']))
    .max(3)
    .default([]),
  AllowedOAuthFlowsUserPoolClient: z.boolean().default(false),
  AllowedOAuthScopes: z
    .array(text(1, 256, /[\x21\x23-\x5B\x5D-\x7E]+/))
    .max(50)
    .default([]),
  CallbackURLs: z.array(redirectUrl).max(100).default([]),
  DefaultRedirectURI: redirectUrl.optional(),
  EnableTokenRevocation: z.boolean().default(true),
  ExplicitAuthFlows: z
    .array(
      z.enum([
        'ADMIN_NO_SRP_AUTH',
        'CUSTOM_AUTH_FLOW_ONLY',
        'USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_CLIENT_TOKEN_AUTH',
        'ALLOW_CUSTOM_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
        'ALLOW_USER_AUTH',
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_USER_SRP_AUTH',
      ]),
    )
    .default([]),
  IdTokenValidity: z.int().min(1).max(86_400).optional(),
  LogoutURLs: z.array(redirectUrl).max(100).default([]),
  RefreshTokenValidity: z.int().min(0).max(315_360_000).optional(),
  TokenValidityUnits: z
    .strictObject({
      AccessToken: unit.optional(),
      IdToken: unit.optional(),
      RefreshToken: unit.optional(),
    })
    .default({}),
  ...shownAgain,
};
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
      call.pools.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        if (pool.clients.length === 1000) {
          throw new ApiError('LimitExceededException', 'A user pool has at most 1,000 app clients.');
        }
        if (GenerateSecret && ClientSecret !== undefined) {
          throw new ApiError(
            'InvalidParameterException',
            'GenerateSecret and ClientSecret exclude each other.',
          );
        }
        const now = call.pools.now();
        const client = newClient(ClientName, now);
        if (GenerateSecret || ClientSecret !== undefined)
          client.secrets = [newClientSecret(now, ClientSecret)];
        setMembers(pool, client, members);
        pool.clients.push(client);
        return { UserPoolClient: describe(pool, client) };
      }),
  ),

  DescribeUserPoolClient: operation(z.strictObject(existing), ({ UserPoolId, ClientId }, call) => {
    const pool = findPool(call.pools.state, call, UserPoolId);
    return { UserPoolClient: describe(pool, findClient(pool, ClientId)) };
  }),

  /** Like Cognito's, it sets what is left out to its default. */
  UpdateUserPoolClient: operation(
    z.strictObject({ ...existing, ClientName: clientName.optional(), ...settings }),
    ({ UserPoolId, ClientId, ClientName, ...members }, call) =>
      call.pools.change((state) => {
        const pool = findPool(state, call, UserPoolId);
        const client = findClient(pool, ClientId);
        client.clientName = ClientName ?? client.clientName;
        client.lastModifiedAt = call.pools.now();
        setMembers(pool, client, members);
        return { UserPoolClient: describe(pool, client) };
      }),
  ),

  ListUserPoolClients: operation(
    z.strictObject({
      UserPoolId: userPoolId,
      MaxResults: z.int().min(1).max(60).default(60),
      NextToken: nextToken,
    }),
    ({ UserPoolId, MaxResults, NextToken }, call) => {
      const { clients } = findPool(call.pools.state, call, UserPoolId);
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
    call.pools.change((state) => {
      const pool = findPool(state, call, UserPoolId);
      const deleted = findClient(pool, ClientId);
      pool.clients = pool.clients.filter((client) => client !== deleted);
      pool.refreshTokens = pool.refreshTokens.filter(({ clientId }) => clientId !== ClientId);
      return undefined;
    }),
  ),
};

function setMembers(
  pool: UserPool,
  client: Client,
  {
    AccessTokenValidity,
    AllowedOAuthFlows,
    AllowedOAuthFlowsUserPoolClient,
    AllowedOAuthScopes,
    CallbackURLs,
    DefaultRedirectURI,
    EnableTokenRevocation,
    ExplicitAuthFlows,
    IdTokenValidity,
    LogoutURLs,
    RefreshTokenValidity,
    TokenValidityUnits,
    ...rest
  }: z.output<z.ZodObject<typeof settings>>,
): void {
  Object.assign(client, {
    allowedOAuthFlows: AllowedOAuthFlows,
    allowedOAuthFlowsUserPoolClient: AllowedOAuthFlowsUserPoolClient,
    allowedOAuthScopes: AllowedOAuthScopes,
    callbackUrls: CallbackURLs,
    defaultRedirectUri: DefaultRedirectURI,
    enableTokenRevocation: EnableTokenRevocation,
    explicitAuthFlows: ExplicitAuthFlows,
    logoutUrls: LogoutURLs,
    accessTokenValiditySeconds: toSeconds(AccessTokenValidity, TokenValidityUnits.AccessToken, 'access'),
    idTokenValiditySeconds: toSeconds(IdTokenValidity, TokenValidityUnits.IdToken, 'id'),
    refreshTokenValiditySeconds: toSeconds(RefreshTokenValidity, TokenValidityUnits.RefreshToken, 'refresh'),
    tokenValidityUnits: {
      accessToken: TokenValidityUnits.AccessToken,
      idToken: TokenValidityUnits.IdToken,
      refreshToken: TokenValidityUnits.RefreshToken,
    },
    shownAgain: given(rest),
  } satisfies Partial<Client>);
  checkClient(pool, client);
}

function describe({ id }: UserPool, client: Client): object {
  const [secret] = client.secrets;
  return {
    UserPoolId: id,
    ClientId: client.clientId,
    ClientName: client.clientName,
    CreationDate: client.createdAt,
    LastModifiedDate: client.lastModifiedAt,
    AllowedOAuthFlowsUserPoolClient: client.allowedOAuthFlowsUserPoolClient,
    EnableTokenRevocation: client.enableTokenRevocation,
    ...(secret && { ClientSecret: secret.value }),
    ...listsOf(client),
    ...given({ DefaultRedirectURI: client.defaultRedirectUri }),
    ...validityOf(client),
    ...client.shownAgain,
  };
}

/** Cognito shows no empty lists. */
function listsOf(client: Client): object {
  const lists = {
    AllowedOAuthFlows: client.allowedOAuthFlows,
    AllowedOAuthScopes: client.allowedOAuthScopes,
    CallbackURLs: client.callbackUrls,
    ExplicitAuthFlows: client.explicitAuthFlows,
    LogoutURLs: client.logoutUrls,
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
