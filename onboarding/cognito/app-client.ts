import { isDeepStrictEqual } from 'node:util';
import {
  DescribeUserPoolClientCommand,
  type ExplicitAuthFlowsType,
  ListUserPoolClientSecretsCommand,
  paginateListUserPoolClients,
  ResourceNotFoundException,
  UpdateUserPoolClientCommand,
  type UpdateUserPoolClientRequest,
  type UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider';
import { CommandError, exitCodes } from '../command-error';
import type { Session } from '../session';

/** The flow of GetClientToken, which a client has in place of all others. The SDK's types lack it. */
export const CLIENT_TOKEN_FLOW = 'ALLOW_CLIENT_TOKEN_AUTH' as ExplicitAuthFlowsType;
/** A flow for clients with which no user signs in. Without a list Cognito would allow passwords, and this one cannot be removed. */
export const NO_SIGN_IN_FLOW: ExplicitAuthFlowsType = 'ALLOW_REFRESH_TOKEN_AUTH';

const UPDATE_ATTEMPTS = 5;

/** An app client of the user pool, without its secrets. */
export interface AppClient {
  readonly clientId: string;
  readonly clientName: string;
  /** Whether Cognito issues it tokens. */
  readonly getsTokens: boolean;
  /** The OAuth flows, or ALLOW_CLIENT_TOKEN_AUTH. */
  readonly flows: readonly string[];
  readonly scopes: readonly string[];
  readonly hasSecret: boolean;
  readonly accessTokenValiditySeconds: number;
  readonly createdAt: string;
  readonly lastModifiedAt: string;
}

/** A secret of an app client, without its value. */
export interface SecretInfo {
  readonly id: string;
  readonly createdAt: string;
}

/** Lists the ids and names of all app clients of the pool. */
export async function listAppClients({
  cognito,
  deployment,
}: Session): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const found: { id: string; name: string }[] = [];
  const pages = paginateListUserPoolClients(
    { client: cognito, pageSize: 60 },
    { UserPoolId: deployment.userPoolId },
  );
  for await (const { UserPoolClients = [] } of pages) {
    for (const { ClientId: id = '', ClientName: name = '' } of UserPoolClients) found.push({ id, name });
  }
  return found;
}

/**
 * Finds the app client with this id or name.
 *
 * @returns `undefined` if there is none
 * @throws CommandError if several have the name
 */
export async function findAppClientId(
  session: Session,
  idOrName: string,
): Promise<{ readonly id: string; readonly name: string } | undefined> {
  assertNamed(idOrName);
  const all = await listAppClients(session);
  const byId = all.filter(({ id }) => id === idOrName);
  return onlyOne(idOrName, byId.length > 0 ? byId : all.filter(({ name }) => name === idOrName));
}

/**
 * The only client that was found, if any.
 *
 * @param name what was looked for
 * @throws CommandError that lists their ids, if there are several
 */
export function onlyOne<Client extends { readonly id: string }>(
  name: string,
  found: readonly Client[],
): Client | undefined {
  if (found.length > 1) {
    throw new CommandError(
      `Several clients are named "${name}": give the id of one, ${found.map(({ id }) => id).join(' or ')}.`,
    );
  }
  return found[0];
}

/** @throws CommandError if no client was named */
export function assertNamed(idOrName: string): void {
  if (idOrName.trim() === '')
    throw new CommandError('The name of the client is empty: give its name or id.', exitCodes.usage);
}

/**
 * Finds the app client with this id or name.
 *
 * @throws CommandError if there is none, or several have the name
 */
export async function findAppClient(session: Session, idOrName: string): Promise<AppClient> {
  const found = await findAppClientId(session, idOrName);
  if (!found) {
    throw new CommandError(
      `The user pool ${session.deployment.userPoolId} has no app client "${idOrName}": ${session.commandLine('list')} shows those it has.`,
    );
  }
  return readAppClient(session, found.id);
}

/** Reads the app client with this id. */
export async function readAppClient(session: Session, clientId: string): Promise<AppClient> {
  const client = await describe(session, clientId);
  const explicit = client.ExplicitAuthFlows ?? [];
  return {
    clientId,
    clientName: client.ClientName ?? '',
    getsTokens: getsTokens(client),
    flows: [...(client.AllowedOAuthFlows ?? []), ...explicit.filter((flow) => flow === CLIENT_TOKEN_FLOW)],
    scopes: client.AllowedOAuthScopes ?? [],
    hasSecret: client.ClientSecret !== undefined,
    accessTokenValiditySeconds: accessTokenValidity(client),
    createdAt: isoTime(client.CreationDate),
    lastModifiedAt: isoTime(client.LastModifiedDate),
  };
}

/** Reads the app client with this id; `undefined` if there is none. */
export async function readAppClientIfAny(session: Session, clientId: string): Promise<AppClient | undefined> {
  return unlessMissing(readAppClient(session, clientId));
}

/** Reads a secret of the client. If it has two, Cognito does not say which of them it returns. */
export async function readClientSecret(session: Session, clientId: string): Promise<string | undefined> {
  return (await describe(session, clientId)).ClientSecret;
}

/** Lists the client's secrets, the older one first. */
export async function listSecrets(session: Session, clientId: string): Promise<readonly SecretInfo[]> {
  const { cognito, deployment } = session;
  const { ClientSecrets = [] } = await cognito.send(
    new ListUserPoolClientSecretsCommand({ UserPoolId: deployment.userPoolId, ClientId: clientId }),
  );
  return ClientSecrets.map(({ ClientSecretId: id = '', ClientSecretCreateDate: date }) => ({
    id,
    createdAt: isoTime(date),
  })).sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
}

/** Has Cognito issue tokens to the client, or no more. No error if the pool does not have it. */
export async function setGetsTokens(session: Session, clientId: string, wanted: boolean): Promise<void> {
  const { tokenUrl } = session.deployment;
  await unlessMissing(
    update(session, clientId, (client) => {
      if (getsTokens(client) === wanted) return {};
      const byClientToken = wanted ? tokenUrl === undefined : usesClientToken(client);
      return byClientToken
        ? { ExplicitAuthFlows: [wanted ? CLIENT_TOKEN_FLOW : NO_SIGN_IN_FLOW] }
        : { AllowedOAuthFlowsUserPoolClient: wanted };
    }),
  );
}

/** Sets the scopes that a client may request, qualified. */
export async function setScopes(
  session: Session,
  clientId: string,
  scopes: readonly string[],
): Promise<void> {
  await update(session, clientId, ({ AllowedOAuthScopes = [] }) =>
    isDeepStrictEqual(new Set(AllowedOAuthScopes), new Set(scopes))
      ? {}
      : { AllowedOAuthScopes: [...scopes] },
  );
}

/** What a promise resolves with; `undefined` if Cognito does not have the client. */
export async function unlessMissing<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/**
 * Changes settings of a client. All others are sent along, because an update resets those that it omits; so another
 * operator's update at the same time may undo this one, and it is repeated until it can be read.
 *
 * @param change gives the settings to change; none if all are as they should be
 */
async function update(
  session: Session,
  clientId: string,
  change: (client: UserPoolClientType) => Partial<UpdateUserPoolClientRequest>,
): Promise<void> {
  for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt += 1) {
    const client = await describe(session, clientId);
    const changes = change(client);
    if (Object.keys(changes).length === 0) return;
    const { ClientSecret, CreationDate, LastModifiedDate, ClientType, ...settings } = client;
    await session.cognito.send(
      new UpdateUserPoolClientCommand({
        ...settings,
        UserPoolId: session.deployment.userPoolId,
        ClientId: clientId,
        ...changes,
      }),
    );
  }
  throw new CommandError(
    `The settings of ${clientId} at Cognito do not stay as they were set: does another program change them?`,
  );
}

async function describe({ cognito, deployment }: Session, clientId: string): Promise<UserPoolClientType> {
  const { UserPoolClient } = await cognito.send(
    new DescribeUserPoolClientCommand({ UserPoolId: deployment.userPoolId, ClientId: clientId }),
  );
  return UserPoolClient ?? {};
}

function getsTokens(client: UserPoolClientType): boolean {
  return (client.AllowedOAuthFlowsUserPoolClient ?? false) || usesClientToken(client);
}

function usesClientToken({ ExplicitAuthFlows = [] }: UserPoolClientType): boolean {
  return ExplicitAuthFlows.includes(CLIENT_TOKEN_FLOW);
}

function accessTokenValidity({ AccessTokenValidity: count, TokenValidityUnits }: UserPoolClientType): number {
  const hour = 3600;
  if (!count) return hour;
  // The default unit is hours.
  const seconds = { seconds: 1, minutes: 60, hours: hour, days: 86_400 };
  return count * seconds[TokenValidityUnits?.AccessToken ?? 'hours'];
}

/** Empty if there is no date. */
function isoTime(date: Date | undefined): string {
  return date?.toISOString() ?? '';
}
