import { DescribeUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { issuersOf, regionOf } from '../../src/auth/issuers';
import { type AppClient, findAppClient, listAppClients, readAppClient } from '../cognito/app-client';
import { sendRequest } from '../send-request';
import { CommandError } from '../command-error';
import { readKnownScopes } from '../cognito/scopes';
import type { SecretLocation } from '../secret-location';
import type { Deployment } from '../deployment';
import type { RegisteredClient } from '../registry/client-registry';
import type { Session } from '../session';
import { type DecodedToken, decodeToken } from '../token/decode-token';
import { type Grant, tryGrant } from './try-grant';
import { type Answer, type ApiObservation, callWith, observeApi } from './observe-api';

/** What the operator knows about the failing calls. */
export interface DiagnosisInput extends SecretLocation {
  /** Name or id of a client. */
  readonly client: string | undefined;
  /** A token that is refused. */
  readonly token: string | undefined;
  /** The scopes that the third party asks for, as it writes them. */
  readonly requestScopes: readonly string[];
}

/** Everything that the checks look at. */
export interface DiagnosisContext {
  readonly deployment: Deployment;
  readonly pool: UserPool;
  /** All scopes of the API, qualified. */
  readonly knownScopes: readonly string[];
  /** Gives the command line that runs another command against the deployment. */
  readonly commandLine: Session['commandLine'];
  readonly api: ApiObservation;
  /** Why no token can be got, other than that the client is refused. */
  readonly tokenUrlFailure: string | undefined;
  /** The client in question: the one that was named, else the token's. */
  readonly client: AppClient | undefined;
  /** What the client registry has of it. */
  readonly registration: Registration | undefined;
  readonly requestScopes: readonly string[];
  readonly grant: Grant | undefined;
  /** Whether a token was given that cannot be decoded. */
  readonly isMalformed: boolean;
  /** The token in question: the one that was given, else the one just requested. */
  readonly token: DecodedToken | undefined;
  /** The user pool that the token names as its issuer, in either form. */
  readonly issuingPool: { readonly id: string; readonly region: string } | undefined;
  /** The id of the client that it was issued to. */
  readonly tokenClientId: string | undefined;
  /** What the API answers to that token. */
  readonly answer: Answer | undefined;
}

/** What the client registry has of a client, if it can be read. */
export type Registration =
  | { readonly readable: true; readonly client: RegisteredClient | undefined }
  | { readonly readable: false; readonly reason: string };

interface UserPool {
  readonly region: string;
  /** Host names of its token endpoint; empty without a domain. */
  readonly domains: readonly string[];
  /** The issuer in its tokens. */
  readonly issuer: string;
}

/** Reads the deployment, the client and the token. Changes nothing. */
export async function gatherContext(session: Session, input: DiagnosisInput): Promise<DiagnosisContext> {
  const { deployment } = session;
  const given = input.token?.trim();
  const pool = await readPool(session);
  const client = await findClient(session, input.client, given);
  // Never sends the secret to a host that is not the user pool's.
  const grant =
    client?.hasSecret && isTokenSource(deployment.tokenUrl, pool.domains)
      ? await tryGrant(session, input, client)
      : undefined;
  const raw = given ?? grant?.token ?? '';
  const token = decodeToken(raw);
  const api = await observeApi(deployment.apiUrl);
  return {
    deployment,
    pool,
    knownScopes: await readKnownScopes(session),
    commandLine: session.commandLine,
    api,
    tokenUrlFailure: grant ? grant.failure : await failureOf(deployment.tokenUrl),
    client,
    registration: client && (await readRegistration(session, client.clientId)),
    requestScopes: input.requestScopes,
    grant,
    isMalformed: given !== undefined && token === undefined,
    token,
    issuingPool: token && issuingPoolOf(token),
    tokenClientId: token && clientIdOf(token),
    answer:
      api.reachable && token ? await callWith(deployment.apiUrl, api.operations, raw, token) : undefined,
  };
}

async function findClient(
  session: Session,
  idOrName: string | undefined,
  token: string | undefined,
): Promise<AppClient | undefined> {
  if (idOrName !== undefined) return findAppClient(session, idOrName);
  const decoded = decodeToken(token ?? '');
  const clientId = decoded && clientIdOf(decoded);
  const known = (await listAppClients(session)).find(({ id }) => id === clientId);
  return known && readAppClient(session, known.id);
}

/** An ID token names its client as its audience. */
function clientIdOf({ claims }: DecodedToken): string | undefined {
  const clientId = claims['client_id'] ?? claims['aud'];
  return typeof clientId === 'string' ? clientId : undefined;
}

function issuingPoolOf({ claims: { iss } }: DecodedToken): DiagnosisContext['issuingPool'] {
  const id = /\/([a-z0-9-]+_[A-Za-z0-9]+)$/.exec(String(iss))?.[1];
  return id !== undefined && Object.values(issuersOf(id)).includes(iss as string)
    ? { id, region: regionOf(id) }
    : undefined;
}

async function readPool({ cognito, deployment: { userPoolId } }: Session): Promise<UserPool> {
  const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: userPoolId }));
  const { Domain, CustomDomain, IssuerConfiguration } = UserPool ?? {};
  const { original, updated } = issuersOf(userPoolId);
  const region = regionOf(userPoolId);
  return {
    region,
    domains: [
      ...(CustomDomain ? [CustomDomain] : []),
      ...(Domain ? [`${Domain}.auth.${region}.amazoncognito.com`] : []),
    ],
    issuer: IssuerConfiguration?.Type === 'UPDATED' ? updated : original,
  };
}

/**
 * Whether the URL is on a domain of the user pool; the emulator's is on this machine. Without a domain there is no URL, and
 * Cognito's API issues the tokens.
 */
export function isTokenSource(tokenUrl: string | undefined, domains: UserPool['domains']): boolean {
  if (tokenUrl === undefined) return domains.length === 0;
  const { hostname } = new URL(tokenUrl);
  return domains.includes(hostname) || (domains.length > 0 && ['localhost', '127.0.0.1'].includes(hostname));
}

async function readRegistration({ registry }: Session, clientId: string): Promise<Registration> {
  try {
    return { readable: true, client: await registry.find(clientId) };
  } catch (error) {
    if (error instanceof CommandError) return { readable: false, reason: error.message };
    throw error;
  }
}

/** Why there is no answer from a URL, if so. */
async function failureOf(url: string | undefined): Promise<string | undefined> {
  if (url === undefined) return undefined;
  try {
    await sendRequest(url);
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}
