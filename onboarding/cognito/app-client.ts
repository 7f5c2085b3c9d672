import {
  DescribeUserPoolClientCommand,
  ListUserPoolClientSecretsCommand,
  paginateListUserPoolClients,
  UpdateUserPoolClientCommand,
  type UserPoolClientType,
} from '@aws-sdk/client-cognito-identity-provider';
import { CommandError } from '../command-error';
import type { Session } from '../session';

/** An app client of the user pool, without its secrets. */
export interface AppClient {
  readonly clientId: string;
  readonly clientName: string;
  /** Whether Cognito issues it tokens by its OAuth flows. */
  readonly oauthEnabled: boolean;
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
}: Session): Promise<{ id: string; name: string }[]> {
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
 * @throws CommandError if there is none, or several have the name
 */
export async function findAppClient(session: Session, idOrName: string): Promise<AppClient> {
  const all = await listAppClients(session);
  const byId = all.filter(({ id }) => id === idOrName);
  const found = byId.length > 0 ? byId : all.filter(({ name }) => name === idOrName);
  const [only] = found;
  if (!only) {
    throw new CommandError(
      `The user pool ${session.deployment.userPoolId} has no app client "${idOrName}": \`client list\` shows those it has.`,
    );
  }
  if (found.length > 1) {
    throw new CommandError(
      `Several app clients are named "${idOrName}": give the id of one, ${found.map(({ id }) => id).join(' or ')}.`,
    );
  }
  return readAppClient(session, only.id);
}

/** Reads the app client with this id. */
export async function readAppClient(session: Session, clientId: string): Promise<AppClient> {
  const client = await describe(session, clientId);
  return {
    clientId,
    clientName: client.ClientName ?? '',
    oauthEnabled: client.AllowedOAuthFlowsUserPoolClient ?? false,
    flows: client.AllowedOAuthFlows ?? [],
    scopes: client.AllowedOAuthScopes ?? [],
    hasSecret: client.ClientSecret !== undefined,
    accessTokenValiditySeconds: accessTokenValidity(client),
    createdAt: isoTime(client.CreationDate),
    lastModifiedAt: isoTime(client.LastModifiedDate),
  };
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
  })).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/**
 * Sets whether Cognito issues tokens to the client. All other settings are sent along, because an update resets those
 * that it omits.
 */
export async function setOAuthEnabled(session: Session, clientId: string, enabled: boolean): Promise<void> {
  const client = await describe(session, clientId);
  if ((client.AllowedOAuthFlowsUserPoolClient ?? false) === enabled) return;
  const { ClientSecret, CreationDate, LastModifiedDate, ClientType, ...settings } = client;
  await session.cognito.send(
    new UpdateUserPoolClientCommand({
      ...settings,
      UserPoolId: session.deployment.userPoolId,
      ClientId: clientId,
      AllowedOAuthFlowsUserPoolClient: enabled,
    }),
  );
}

async function describe({ cognito, deployment }: Session, clientId: string): Promise<UserPoolClientType> {
  const { UserPoolClient } = await cognito.send(
    new DescribeUserPoolClientCommand({ UserPoolId: deployment.userPoolId, ClientId: clientId }),
  );
  return UserPoolClient ?? {};
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
