import { z } from 'zod';
import type { Client, UserPool } from '../../store/state';
import { text } from '../input';
import { withoutUndefined } from '../without-undefined';
import { checkClient } from './check-client';
import { toSeconds, unit, validityOf } from './token-validity';

const redirectUrl = text(1, 1024, /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u);
const attributes = z.array(text(1, 2048)).optional();

/** Stored and returned as given; nothing here depends on them. */
const passthrough = {
  AuthSessionValidity: z.int().min(3).max(15).default(3),
  EnablePropagateAdditionalUserContextData: z.boolean().default(false),
  PreventUserExistenceErrors: z.enum(['LEGACY', 'ENABLED']).optional(),
  ReadAttributes: attributes,
  SupportedIdentityProviders: z.array(text(1, 32)).optional(),
  WriteAttributes: attributes,
};

/** The settings of an app client, for its creation and for updates. Omitted ones have their defaults. */
export const settings = {
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
  RefreshTokenRotation: z
    .strictObject({
      Feature: z.enum(['ENABLED', 'DISABLED']),
      RetryGracePeriodSeconds: z.int().min(0).max(60).default(0),
    })
    .optional(),
  RefreshTokenValidity: z.int().min(0).max(315_360_000).optional(),
  TokenValidityUnits: z
    .strictObject({
      AccessToken: unit.optional(),
      IdToken: unit.optional(),
      RefreshToken: unit.optional(),
    })
    .default({}),
  ...passthrough,
};

/** @throws AwsError when the client would violate a rule */
export function applySettings(
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
    RefreshTokenRotation,
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
    refreshTokenRotation: RefreshTokenRotation && {
      feature: RefreshTokenRotation.Feature,
      retryGracePeriodSeconds: RefreshTokenRotation.RetryGracePeriodSeconds,
    },
    accessTokenValiditySeconds: toSeconds(AccessTokenValidity, TokenValidityUnits.AccessToken, 'access'),
    idTokenValiditySeconds: toSeconds(IdTokenValidity, TokenValidityUnits.IdToken, 'id'),
    refreshTokenValiditySeconds: toSeconds(RefreshTokenValidity, TokenValidityUnits.RefreshToken, 'refresh'),
    tokenValidityUnits: {
      accessToken: TokenValidityUnits.AccessToken,
      idToken: TokenValidityUnits.IdToken,
      refreshToken: TokenValidityUnits.RefreshToken,
    },
    passthrough: withoutUndefined(rest),
  } satisfies Partial<Client>);
  checkClient(pool, client);
}

/** An app client as the API returns it. */
export function describeClient({ id }: UserPool, client: Client): object {
  const [secret] = client.secrets;
  return {
    UserPoolId: id,
    ClientId: client.clientId,
    ClientName: client.clientName,
    ClientType: 'REGULAR',
    CreationDate: client.createdAt,
    LastModifiedDate: client.lastModifiedAt,
    AllowedOAuthFlowsUserPoolClient: client.allowedOAuthFlowsUserPoolClient,
    EnableTokenRevocation: client.enableTokenRevocation,
    ...(secret && { ClientSecret: secret.value }),
    ...listsOf(client),
    ...withoutUndefined({
      DefaultRedirectURI: client.defaultRedirectUri,
      RefreshTokenRotation: client.refreshTokenRotation && {
        Feature: client.refreshTokenRotation.feature,
        RetryGracePeriodSeconds: client.refreshTokenRotation.retryGracePeriodSeconds,
      },
    }),
    ...validityOf(client),
    ...client.passthrough,
  };
}

/** Cognito omits empty lists. */
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
