import { DescribeUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { issuersOf, regionOf } from '../../../src/auth/issuers';
import { type AppClient, findAppClient, listAppClients, readAppClient } from '../app-client';
import { ask } from '../ask';
import { readClientIds } from '../client-ids';
import { Failure } from '../failure';
import { readKnownScopes } from '../scopes';
import type { SecretPlace } from '../secret-place';
import type { Deployment } from '../deployment';
import type { Session } from '../session';
import { type DecodedToken, decodeToken } from '../token';
import { type Grant, tryGrant } from './grant';
import { type Answer, type ApiFacts, callWith, observeApi } from './observe-api';

/** What the operator brings along. */
export interface Complaint extends SecretPlace {
  /** Name or id of a client. */
  readonly client: string | undefined;
  /** A token that somebody complains about. */
  readonly token: string | undefined;
  /** The scopes that the third party asks for, as it writes them. */
  readonly requestScopes: readonly string[];
}

/** What is known when the checks begin. */
export interface Facts {
  readonly deployment: Deployment;
  readonly pool: PoolFacts;
  /** All scopes of the API, qualified. */
  readonly knownScopes: readonly string[];
  /** The API's list of clients. */
  readonly clientIds: readonly string[];
  readonly api: ApiFacts;
  /** Why the token endpoint cannot be reached, if so. */
  readonly tokenUrlFailure: string | undefined;
  /** The client in question: the one that was named, else the token's. */
  readonly client: AppClient | undefined;
  readonly requestScopes: readonly string[];
  readonly grant: Grant | undefined;
  /** Whether what was given as a token is none. */
  readonly isMalformed: boolean;
  /** The token in question: the one that was given, else the one just got. */
  readonly token: DecodedToken | undefined;
  /** The id of the user pool that the token names as its issuer, in either form. */
  readonly issuingPool: string | undefined;
  /** The id of the client that it was issued to. */
  readonly tokenClientId: string | undefined;
  /** What the API says to that token. */
  readonly answer: Answer | undefined;
}

interface PoolFacts {
  /** The names under which its token endpoint may be; none without a domain. */
  readonly domains: readonly string[];
  /** The issuer that its tokens name. */
  readonly issuer: string;
}

/** Looks at the deployment, the client and the token. Changes nothing. */
export async function gatherFacts(session: Session, complaint: Complaint): Promise<Facts> {
  const { deployment } = session;
  const given = complaint.token?.trim();
  const pool = await readPool(session);
  const client = await findClient(session, complaint.client, given);
  // A host that is not the user pool's gets no secret.
  const grant =
    client?.hasSecret && isTokenEndpoint(deployment.tokenUrl, pool.domains)
      ? await tryGrant(session, complaint, client.clientId)
      : undefined;
  const raw = given ?? grant?.token ?? '';
  const token = decodeToken(raw);
  const api = await observeApi(deployment.apiUrl);
  return {
    deployment,
    pool,
    knownScopes: await readKnownScopes(session),
    clientIds: await readClientIds(session),
    api,
    tokenUrlFailure: grant ? grant.failure : await failureOf(ask(deployment.tokenUrl)),
    client,
    requestScopes: complaint.requestScopes,
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

function issuingPoolOf({ claims: { iss } }: DecodedToken): string | undefined {
  const id = /\/([a-z0-9-]+_[A-Za-z0-9]+)$/.exec(String(iss))?.[1];
  return id !== undefined && Object.values(issuersOf(id)).includes(iss as string) ? id : undefined;
}

async function readPool({ cognito, deployment: { userPoolId } }: Session): Promise<PoolFacts> {
  const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: userPoolId }));
  const { Domain, CustomDomain, IssuerConfiguration } = UserPool ?? {};
  const { original, updated } = issuersOf(userPoolId);
  return {
    domains: [
      ...(CustomDomain ? [CustomDomain] : []),
      ...(Domain ? [`${Domain}.auth.${regionOf(userPoolId)}.amazoncognito.com`] : []),
    ],
    issuer: IssuerConfiguration?.Type === 'UPDATED' ? updated : original,
  };
}

/** Whether the URL is on a domain of the user pool; the stand-in's is on this machine. */
export function isTokenEndpoint(tokenUrl: string, domains: PoolFacts['domains']): boolean {
  const { hostname } = new URL(tokenUrl);
  return domains.includes(hostname) || (domains.length > 0 && ['localhost', '127.0.0.1'].includes(hostname));
}

/** The message of the failure that a promise ends with, if it does. */
async function failureOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
