import {
  CognitoIdentityProvider,
  type CreateUserPoolClientRequest,
  type ExplicitAuthFlowsType,
  InvalidOAuthFlowException,
  InvalidParameterException,
  LimitExceededException,
  NotAuthorizedException,
  ResourceNotFoundException,
  ScopeDoesNotExistException,
} from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { type ClientFile, type LocalRun, startLocalRun, until } from './support/emulator';

jest.setTimeout(60_000);

const IDENTIFIER = 'https://api.example.com';
const READ = `${IDENTIFIER}/things.read`;
/** The pool of the API, which has the resource server too. */
const POOL = 'eu-central-1_Local0001';

let local: LocalRun;
let emulator: string;
let cognito: CognitoIdentityProvider;

beforeAll(async () => {
  local = await startLocalRun();
  emulator = new URL(local.client.tokenUrl).origin;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  // One attempt, since the SDK would wait and try again where a quota is used up.
  const options = { region: 'eu-central-1', credentials, maxAttempts: 1 };
  cognito = new CognitoIdentityProvider({ endpoint: emulator, ...options });
});
afterAll(async () => {
  cognito.destroy();
  await local.stop();
});

type Machine = Pick<ClientFile, 'clientId' | 'clientSecret'>;

/** Creates a pool with a resource server, whose scope is {@link READ}. */
async function createPool(): Promise<string> {
  const { UserPool } = await cognito.createUserPool({ PoolName: 'partners' });
  const UserPoolId = UserPool!.Id!;
  const Scopes = [{ ScopeName: 'things.read', ScopeDescription: 'Read things' }];
  await cognito.createResourceServer({ UserPoolId, Identifier: IDENTIFIER, Name: 'api', Scopes });
  return UserPoolId;
}

/** Creates an app client for machines. */
async function createClient(
  UserPoolId: string,
  settings: Partial<CreateUserPoolClientRequest> = {},
): Promise<Machine> {
  const { UserPoolClient } = await cognito.createUserPoolClient({
    UserPoolId,
    ClientName: 'partner',
    GenerateSecret: true,
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: [READ],
    ...settings,
  });
  return { clientId: UserPoolClient!.ClientId!, clientSecret: UserPoolClient!.ClientSecret! };
}

/** Gets a token with HTTP Basic; `undefined` where it is refused. */
async function getToken({ clientId, clientSecret }: Machine): Promise<string | undefined> {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const answer = await fetch(local.client.tokenUrl, {
    method: 'POST',
    headers: { Authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token?: string }).access_token;
}

/** Verifies a token as any program with aws-jwt-verify does, with the keys that the emulator publishes for the pool. */
async function verify(token: string, userPoolId: string, clientId: string): Promise<unknown> {
  const verifier = CognitoJwtVerifier.create({ userPoolId, tokenUse: 'access', clientId });
  const keys = await fetch(`${emulator}/${userPoolId}/.well-known/jwks.json`);
  verifier.cacheJwks((await keys.json()) as Parameters<typeof verifier.cacheJwks>[0]);
  return verifier.verify(token);
}

/** What each page of a list holds. */
async function contents<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOn: (page: Page) => Item[] | undefined,
): Promise<(Item[] | undefined)[]> {
  const found = [];
  for await (const page of pages) found.push(itemsOn(page));
  return found;
}

it('creates a user pool that issues verifiable tokens, and deletes it again', async () => {
  const UserPoolId = await createPool();
  const machine = await createClient(UserPoolId);
  expect(await getToken(machine)).toBeUndefined();

  const domain = { UserPoolId, Domain: 'partners-of-example' };
  await cognito.createUserPoolDomain(domain);
  const token = await getToken(machine);
  await expect(verify(token!, UserPoolId, machine.clientId)).resolves.toMatchObject({ scope: READ });

  await cognito.deleteUserPoolDomain(domain);
  await cognito.deleteUserPoolClient({ UserPoolId, ClientId: machine.clientId });
  await cognito.deleteResourceServer({ UserPoolId, Identifier: IDENTIFIER });
  await cognito.deleteUserPool({ UserPoolId });
  await expect(cognito.describeUserPool({ UserPoolId })).rejects.toThrow(ResourceNotFoundException);
});

it('gets a token with GetClientToken from a pool without a domain', async () => {
  const UserPoolId = await createPool();
  const { clientId: ClientId, clientSecret: Secret } = await createClient(UserPoolId, {
    AllowedOAuthFlowsUserPoolClient: false,
    AllowedOAuthFlows: [],
    // The SDK's types lack it.
    ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH' as ExplicitAuthFlowsType],
  });
  const { ClientAuthenticationResult } = await cognito.getClientToken({ ClientId, Secret });
  const token = ClientAuthenticationResult!.AccessToken!;
  await expect(verify(token, UserPoolId, ClientId)).resolves.toMatchObject({ scope: READ });
  await expect(cognito.getClientToken({ ClientId, Secret: `${Secret}x` })).rejects.toThrow(
    NotAuthorizedException,
  );
});

it('pages through pools, resource servers and app clients', async () => {
  const UserPoolId = await createPool();
  await cognito.createResourceServer({ UserPoolId, Identifier: 'orders', Name: 'orders' });
  const [one, two] = [await createClient(UserPoolId), await createClient(UserPoolId)];
  const MaxResults = 1;

  const pools = cognito.paginateListUserPools({ MaxResults });
  const poolIds = await contents(pools, (page) => page.UserPools?.map(({ Id }) => Id));
  expect(poolIds).toEqual(expect.arrayContaining([[POOL], [UserPoolId]]));
  const servers = cognito.paginateListResourceServers({ UserPoolId, MaxResults });
  const identifiers = await contents(servers, (page) =>
    page.ResourceServers?.map(({ Identifier }) => Identifier),
  );
  expect(identifiers).toEqual([[IDENTIFIER], ['orders']]);
  const clients = cognito.paginateListUserPoolClients({ UserPoolId, MaxResults });
  const clientIds = await contents(clients, (page) => page.UserPoolClients?.map(({ ClientId }) => ClientId));
  expect(clientIds).toEqual([[one.clientId], [two.clientId]]);
});

it.each<[string, Partial<CreateUserPoolClientRequest>, new (options: never) => Error]>([
  ['a scope that the pool lacks', { AllowedOAuthScopes: ['orders/read'] }, ScopeDoesNotExistException],
  ['a flow but no secret', { GenerateSecret: false }, InvalidOAuthFlowException],
  ['tokens that live two days', { AccessTokenValidity: 48 }, InvalidParameterException],
])('rejects an app client with %s with the matching exception', async (_what, settings, exception) => {
  await expect(createClient(POOL, settings)).rejects.toThrow(exception);
});

it('changes a secret without a failed call', async () => {
  const { apiUrl, clientId, clientSecret: first } = local.client;
  const client = { UserPoolId: POOL, ClientId: clientId };
  let clientSecret = first;
  const statuses: number[] = [];
  let changing = true;
  const callOverAndOver = async () => {
    while (changing) {
      const token = await getToken({ clientId, clientSecret });
      const headers = { Authorization: `Bearer ${token ?? ''}` };
      statuses.push((await fetch(`${apiUrl}/api/v1/things`, { headers })).status);
    }
  };
  const aCallFromNow = async () => {
    // The next to end has begun already.
    const goal = statuses.length + 2;
    await until('a call', () => statuses.length >= goal);
  };

  const calls = callOverAndOver();
  try {
    await aCallFromNow();
    const { ClientSecrets: [older] = [] } = await cognito.listUserPoolClientSecrets(client);
    const { ClientSecretDescriptor: newer } = await cognito.addUserPoolClientSecret(client);
    await expect(cognito.addUserPoolClientSecret(client)).rejects.toThrow(LimitExceededException);
    await aCallFromNow();
    clientSecret = newer!.ClientSecretValue!;
    await aCallFromNow();
    await cognito.deleteUserPoolClientSecret({ ...client, ClientSecretId: older?.ClientSecretId });
    await aCallFromNow();
  } finally {
    changing = false;
    await calls;
  }
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(await getToken({ clientId, clientSecret: first })).toBeUndefined();
});
