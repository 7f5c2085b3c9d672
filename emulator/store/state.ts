import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';

const privateKey = z.record(z.string(), z.string()).transform((jwk, context) => {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    context.addIssue('not a private key in JWK form');
    return z.NEVER;
  }
});

/** Whole seconds since the epoch. */
const time = z.int().min(0);
const dated = { createdAt: time, lastModifiedAt: time };
/** Members of Cognito's API that are stored and returned as given; nothing here depends on them. */
const passthrough = z.record(z.string(), z.unknown());

const resourceServer = z.strictObject({
  identifier: z.string(),
  name: z.string(),
  scopes: z.array(z.strictObject({ name: z.string(), description: z.string() })),
});

const unit = z.enum(['seconds', 'minutes', 'hours', 'days']);

const client = z.preprocess(
  renameShownAgain,
  z.strictObject({
    clientId: z.string().regex(/^[\w+]{1,128}$/),
    clientName: z.string(),
    /** None: a public client. Two: one is about to replace the other. */
    secrets: z.array(z.strictObject({ id: z.string(), value: z.string().min(24), createdAt: time })).max(2),
    allowedOAuthFlowsUserPoolClient: z.boolean(),
    allowedOAuthFlows: z.array(z.enum(['code', 'implicit', 'client_credentials'])),
    /** Qualified with the resource server's identifier, apart from the scopes of OpenID Connect. */
    allowedOAuthScopes: z.array(z.string()),
    explicitAuthFlows: z.array(z.string()),
    callbackUrls: z.array(z.string()),
    logoutUrls: z.array(z.string()),
    defaultRedirectUri: z.string().optional(),
    /** Cognito allows 5 minutes to 1 day. */
    accessTokenValiditySeconds: z.int().min(300).max(86_400),
    idTokenValiditySeconds: z.int().min(300).max(86_400),
    /** Cognito allows 1 hour to 10 years. */
    refreshTokenValiditySeconds: z.int().min(3600).max(315_360_000),
    /** The units in which the API was given the three, and returns them. The default is hours, and days for refresh tokens. */
    tokenValidityUnits: z.strictObject({
      accessToken: unit.optional(),
      idToken: unit.optional(),
      refreshToken: unit.optional(),
    }),
    enableTokenRevocation: z.boolean(),
    /** The default is no rotation. */
    refreshTokenRotation: z
      .strictObject({
        feature: z.enum(['ENABLED', 'DISABLED']),
        retryGracePeriodSeconds: z.int().min(0).max(60),
      })
      .optional(),
    passthrough,
    ...dated,
  }),
);

const group = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  precedence: z.int().optional(),
  ...dated,
});

const user = z.strictObject({
  username: z.string(),
  sub: z.uuid(),
  attributes: z.record(z.string(), z.string()),
  password: z
    .strictObject({
      salt: z.base64url(),
      hash: z.base64url(),
      /** scrypt's N; states that do not have it are older than it. */
      cost: z.int().default(16_384),
    })
    .optional(),
  status: z.enum(['CONFIRMED', 'FORCE_CHANGE_PASSWORD']),
  enabled: z.boolean(),
  groups: z.array(z.string()),
  ...dated,
});

const refreshToken = z.strictObject({
  /** SHA-256 of the token, so that the file holds nothing that signs in. */
  hash: z.base64url(),
  clientId: z.string(),
  username: z.string(),
  scopes: z.array(z.string()),
  /** When the user signed in. */
  authTime: time,
  originJti: z.uuid(),
  /** What its access tokens are bound to. */
  resource: z.string().optional(),
  expiresAt: time,
  /** The end of its retry grace period, once it has been rotated. */
  retryUntil: time.optional(),
});

const userPool = z.preprocess(
  renameShownAgain,
  z.strictObject({
    id: z.string(),
    name: z.string(),
    /** Which of the pool's two issuer URLs its tokens carry. */
    issuer: z.enum(['ORIGINAL', 'UPDATED']),
    /** The prefix of the domain with the OAuth endpoints. A pool without a domain has none of them. */
    domain: z.string().optional(),
    managedLoginVersion: z.int().optional(),
    /** Attributes that replace the username at sign-in. */
    usernameAttributes: z.array(z.enum(['email', 'phone_number'])).default([]),
    /** Attributes that users can sign in with besides their username. */
    aliasAttributes: z.array(z.enum(['email', 'phone_number', 'preferred_username'])).default([]),
    /** Whether letter case matters at sign-in. The default is yes. */
    usernameCaseSensitive: z.boolean().optional(),
    deletionProtection: z.enum(['ACTIVE', 'INACTIVE']),
    passwordPolicy: z.strictObject({
      minimumLength: z.int(),
      requireLowercase: z.boolean(),
      requireUppercase: z.boolean(),
      requireNumbers: z.boolean(),
      requireSymbols: z.boolean(),
    }),
    idKey: privateKey,
    accessKey: privateKey,
    /** Published until the next rotation, since tokens that it signed are still in use. */
    previousAccessKey: privateKey.optional(),
    resourceServers: z.array(resourceServer),
    clients: z.array(client),
    groups: z.array(group),
    users: z.array(user),
    refreshTokens: z.array(refreshToken),
    passthrough,
    ...dated,
  }),
);

const parameterVersion = z.strictObject({
  type: z.enum(['String', 'StringList', 'SecureString']),
  value: z.string(),
  version: z.int(),
  lastModifiedAt: time,
});

const parameter = z.strictObject({
  region: z.string(),
  name: z.string(),
  ...parameterVersion.shape,
  /** Previous versions, oldest first. */
  history: z.array(parameterVersion).default([]),
});

const secret = z.strictObject({
  region: z.string(),
  arn: z.string(),
  name: z.string(),
  description: z.string().optional(),
  versionId: z.string(),
  value: z.string(),
  createdAt: time,
  /** When it is deleted for good. Until then it cannot be read, and its name is taken. */
  deletionAt: time.optional(),
});

export const state = z.strictObject({
  userPools: z.array(userPool),
  /** Of the Systems Manager Parameter Store. */
  parameters: z.array(parameter),
  /** Of Secrets Manager. */
  secrets: z.array(secret),
});

/** An app client, with the member names of Cognito's API. */
export type Client = z.infer<typeof client>;
export type Group = z.infer<typeof group>;
export type Parameter = z.infer<typeof parameter>;
export type RefreshToken = z.infer<typeof refreshToken>;
export type ResourceServer = z.infer<typeof resourceServer>;
export type Secret = z.infer<typeof secret>;
export type User = z.infer<typeof user>;
export type UserPool = z.infer<typeof userPool>;

/** What survives a restart. */
export type State = z.infer<typeof state>;

/** State files of version 0.1 have `shownAgain` in place of `passthrough`. */
function renameShownAgain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('shownAgain' in value)) return value;
  const { shownAgain, ...rest } = value;
  return { ...rest, passthrough: shownAgain };
}
