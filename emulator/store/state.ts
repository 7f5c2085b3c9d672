import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { writePrivateFile } from '../private-file';

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
/** What Cognito keeps and shows again, though nothing here depends on it: members of its API, as they came. */
const shownAgain = z.record(z.string(), z.unknown());

const resourceServer = z.strictObject({
  identifier: z.string(),
  name: z.string(),
  scopes: z.array(z.strictObject({ name: z.string(), description: z.string() })),
});

const unit = z.enum(['seconds', 'minutes', 'hours', 'days']);

const client = z.strictObject({
  clientId: z.string().regex(/^[\w+]{1,128}$/),
  clientName: z.string(),
  /** None: a public client. Two: one takes the other's place. */
  secrets: z.array(z.strictObject({ id: z.string(), value: z.string().min(24), createdAt: time })).max(2),
  allowedOAuthFlowsUserPoolClient: z.boolean(),
  allowedOAuthFlows: z.array(z.enum(['code', 'implicit', 'client_credentials'])),
  /** Qualified with the resource server's identifier, beside OpenID Connect's own. */
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
  /** In which the API was told the three, and shows them again. Without one: hours, and days for refresh tokens. */
  tokenValidityUnits: z.strictObject({
    accessToken: unit.optional(),
    idToken: unit.optional(),
    refreshToken: unit.optional(),
  }),
  enableTokenRevocation: z.boolean(),
  shownAgain,
  ...dated,
});

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
  password: z.strictObject({ salt: z.base64url(), hash: z.base64url() }).optional(),
  status: z.enum(['CONFIRMED', 'FORCE_CHANGE_PASSWORD']),
  enabled: z.boolean(),
  groups: z.array(z.string()),
  ...dated,
});

const refreshToken = z.strictObject({
  /** SHA-256 of the token, so that the file does not hold what signs in. */
  hash: z.base64url(),
  clientId: z.string(),
  username: z.string(),
  scopes: z.array(z.string()),
  /** When the user signed in. */
  authTime: time,
  originJti: z.uuid(),
  expiresAt: time,
});

const userPool = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** Which of the pool's two issuer URLs its tokens carry. */
  issuer: z.enum(['ORIGINAL', 'UPDATED']),
  /** The prefix of the domain that serves the OAuth endpoints; a pool without one has none. */
  domain: z.string().optional(),
  managedLoginVersion: z.int().optional(),
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
  /** Published until the next rotation, because tokens that it signed are still about. */
  previousAccessKey: privateKey.optional(),
  resourceServers: z.array(resourceServer),
  clients: z.array(client),
  groups: z.array(group),
  users: z.array(user),
  refreshTokens: z.array(refreshToken),
  shownAgain,
  ...dated,
});

const parameter = z.strictObject({
  region: z.string(),
  name: z.string(),
  type: z.enum(['String', 'StringList', 'SecureString']),
  value: z.string(),
  version: z.int(),
  lastModifiedAt: time,
});

const secret = z.strictObject({
  region: z.string(),
  arn: z.string(),
  name: z.string(),
  description: z.string().optional(),
  versionId: z.string(),
  value: z.string(),
  createdAt: time,
  /** When it will be gone: until then it cannot be read, and its name is not free. */
  deletionAt: time.optional(),
});

const state = z.strictObject({
  userPools: z.array(userPool),
  /** Of the Systems Manager Parameter Store. */
  parameters: z.array(parameter),
  /** Of the Secrets Manager. */
  secrets: z.array(secret),
});

/** An app client, under the names that Cognito's API gives to its members. */
export type Client = z.infer<typeof client>;
export type Group = z.infer<typeof group>;
export type Parameter = z.infer<typeof parameter>;
export type RefreshToken = z.infer<typeof refreshToken>;
export type ResourceServer = z.infer<typeof resourceServer>;
export type Secret = z.infer<typeof secret>;
export type User = z.infer<typeof user>;
export type UserPool = z.infer<typeof userPool>;

/** What outlives a restart. */
export type State = z.infer<typeof state>;

/**
 * Reads the state that `saveState` wrote.
 *
 * @returns `undefined` when there is none yet.
 * @throws Error when the file cannot be read, is damaged or of an older form; it is left as it is.
 */
export function loadState(path: string): State | undefined {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const cure = 'Move it away to start with new keys and new clients.';
  const read = json.safeParse(text);
  if (read.success && isOfOnePool(read.data)) {
    throw new Error(`${path} is of an older form, which held one user pool only. ${cure}`);
  }
  const parsed = json.pipe(state).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Error(`${path} is damaged. ${cure}\n${z.prettifyError(parsed.error)}`);
}

/** Replaces the state, all of it or nothing. */
export function saveState(path: string, { userPools, ...rest }: State): void {
  const pools = userPools.map(({ idKey, accessKey, previousAccessKey, ...pool }) => ({
    ...pool,
    idKey: idKey.export({ format: 'jwk' }),
    accessKey: accessKey.export({ format: 'jwk' }),
    previousAccessKey: previousAccessKey?.export({ format: 'jwk' }),
  }));
  writePrivateFile(path, JSON.stringify({ userPools: pools, ...rest }, null, 2) + '\n');
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's own words, which repeat a part of the text: it holds secrets.
    context.addIssue('not JSON');
    return z.NEVER;
  }
});

function isOfOnePool(read: unknown): boolean {
  return typeof read === 'object' && read !== null && 'accessKey' in read;
}
