import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { publishedKeys } from '../../../../emulator/store/signing-key';
import { newClient } from '../../../../emulator/store/user-pool';
import { type Cognito, signedHeaders, startCognito } from '../../support/seeded-emulator';

const readUsers = 'https://api.example.com/users.read';
const writeUsers = 'https://api.example.com/users.write';
const machine = {
  ClientName: 'machine',
  GenerateSecret: true,
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['client_credentials'],
  AllowedOAuthScopes: [readUsers],
};
const webApp = {
  ClientName: 'web',
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid'],
  CallbackURLs: ['https://app.example.com/callback'],
};

let cognito: Cognito;
let UserPoolId: string;
beforeAll(async () => {
  cognito = await startCognito();
  UserPoolId = cognito.pool().id;
});
afterAll(() => cognito.stop());

/** The client that is made, under the names of Cognito's API. */
async function create(input: object) {
  const { status, body } = await cognito.cognito('CreateUserPoolClient', { UserPoolId, ...input });
  expect([status, body.message]).toEqual([200, undefined]);
  return body.UserPoolClient as { ClientId: string; ClientSecret: string; CreationDate: number };
}

async function refusal(operation: string, input: object): Promise<[string, string]> {
  const { status, body } = await cognito.cognito(operation, { UserPoolId, ...input });
  expect(status).toBe(400);
  return [body.__type, body.message];
}

describe('an app client', () => {
  it('has what Cognito gives to one for which nothing was asked', async () => {
    const client = await create({ ClientName: 'plain' });
    expect(client).toEqual({
      UserPoolId,
      ClientId: expect.stringMatching(/^[a-z0-9]{26}$/),
      ClientName: 'plain',
      CreationDate: expect.any(Number),
      LastModifiedDate: client.CreationDate,
      AllowedOAuthFlowsUserPoolClient: false,
      EnableTokenRevocation: true,
      EnablePropagateAdditionalUserContextData: false,
      AuthSessionValidity: 3,
      AccessTokenValidity: 1,
      IdTokenValidity: 1,
      RefreshTokenValidity: 30,
      TokenValidityUnits: {},
    });
  });

  it('for machines gets a secret, which describing it shows too, and tokens', async () => {
    const client = await create(machine);
    expect(client).toMatchObject({
      ClientSecret: expect.stringMatching(/^[a-z0-9]{51}$/),
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: [readUsers],
    });
    const existing = { UserPoolId, ClientId: client.ClientId };
    const { body } = await cognito.cognito('DescribeUserPoolClient', existing);
    expect(body.UserPoolClient).toEqual(client);
    const answer = await cognito.send('/oauth2/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.ClientId,
        client_secret: client.ClientSecret,
      }),
    });
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
  });

  it('may have a secret that its maker knows', async () => {
    const ClientSecret = 'a_secret_of_24_characters';
    expect(await create({ ClientName: 'given', ClientSecret })).toMatchObject({ ClientSecret });
  });

  it('is changed as a whole: what is left out goes back to its default, but secret and name', async () => {
    const { ClientId, ClientSecret } = await create({
      ...machine,
      AccessTokenValidity: 5,
      TokenValidityUnits: { AccessToken: 'minutes' },
    });
    const { body } = await cognito.cognito('UpdateUserPoolClient', { UserPoolId, ClientId });
    expect(body.UserPoolClient).toMatchObject({
      ClientName: 'machine',
      ClientSecret,
      AccessTokenValidity: 1,
      TokenValidityUnits: {},
      AllowedOAuthFlowsUserPoolClient: false,
    });
    expect(body.UserPoolClient).not.toHaveProperty('AllowedOAuthFlows');
    expect(body.UserPoolClient).not.toHaveProperty('AllowedOAuthScopes');
  });

  it('keeps what nothing here depends on, and shows it again', async () => {
    const kept = {
      AuthSessionValidity: 15,
      EnablePropagateAdditionalUserContextData: true,
      PreventUserExistenceErrors: 'ENABLED',
      ReadAttributes: ['email'],
      SupportedIdentityProviders: ['COGNITO'],
      WriteAttributes: ['email'],
    };
    expect(await create({ ...webApp, ...kept })).toMatchObject(kept);
  });

  it('is gone when it is deleted', async () => {
    const { ClientId } = await create(machine);
    const { status, body } = await cognito.cognito('DeleteUserPoolClient', { UserPoolId, ClientId });
    expect([status, body]).toEqual([200, undefined]);
    for (const operation of ['Describe', 'Update', 'Delete']) {
      expect(await refusal(`${operation}UserPoolClient`, { ClientId })).toEqual([
        'ResourceNotFoundException',
        `User pool client ${ClientId} does not exist.`,
      ]);
    }
  });

  it('is not known in another pool', async () => {
    const { ClientId } = await create(machine);
    const other = { UserPoolId: cognito.addPool(), ClientId };
    expect((await refusal('DescribeUserPoolClient', other))[0]).toBe('ResourceNotFoundException');
  });

  it('is one of a thousand at most, which are listed sixty at a time', async () => {
    const clients = Array.from({ length: 1000 }, (_, index) => newClient(`client ${index}`, 0));
    const full = cognito.addPool({ clients });
    const input = { UserPoolId: full, ClientName: 'x' };
    expect((await refusal('CreateUserPoolClient', input))[0]).toBe('LimitExceededException');

    const { body: first } = await cognito.cognito('ListUserPoolClients', { UserPoolId: full });
    expect(first.UserPoolClients).toHaveLength(60);
    expect(first.UserPoolClients[59]).toEqual({
      ClientId: clients[59]!.clientId,
      ClientName: 'client 59',
      UserPoolId: full,
    });
    const deleted = { UserPoolId: full, ClientId: clients[0]!.clientId };
    await cognito.cognito('DeleteUserPoolClient', deleted);
    const next = { UserPoolId: full, MaxResults: 1, NextToken: first.NextToken };
    const { body: second } = await cognito.cognito('ListUserPoolClients', next);
    expect(second.UserPoolClients).toMatchObject([{ ClientName: 'client 60' }]);
    expect((await cognito.cognito('CreateUserPoolClient', input)).status).toBe(200);
  });
});

describe('an app client is refused', () => {
  const fiftyOne = Array.from({ length: 51 }, () => readUsers);

  it.each([
    [
      'with a scope that does not exist',
      { AllowedOAuthScopes: ['https://api.example.com/no'] },
      'ScopeDoesNotExistException',
    ],
    ['with an unqualified scope', { AllowedOAuthScopes: ['users.read'] }, 'ScopeDoesNotExistException'],
    ['with more than 50 scopes', { AllowedOAuthScopes: fiftyOne }, 'InvalidParameterException'],
    ['without a secret', { GenerateSecret: false }, 'InvalidOAuthFlowException'],
    [
      'with a flow for people beside the one for machines',
      { AllowedOAuthFlows: ['client_credentials', 'code'], CallbackURLs: ['https://app.example.com'] },
      'InvalidOAuthFlowException',
    ],
    ['with openid for machines', { AllowedOAuthScopes: ['openid'] }, 'InvalidOAuthFlowException'],
    ['without a flow', { AllowedOAuthFlows: [] }, 'InvalidParameterException'],
    ['without a scope', { AllowedOAuthScopes: [] }, 'InvalidParameterException'],
    [
      'with a secret given and one to be made',
      { ClientSecret: 'a_secret_of_24_characters' },
      'InvalidParameterException',
    ],
  ])('for machines %s', async (_why, changes, type) => {
    const before = cognito.pool().clients.length;
    expect((await refusal('CreateUserPoolClient', { ...machine, ...changes }))[0]).toBe(type);
    expect(cognito.pool().clients).toHaveLength(before);
  });

  it.each([
    ['without a callback', { CallbackURLs: [] }, 'CallbackURLs is required'],
    ['with a callback over plain HTTP', { CallbackURLs: ['http://app.example.com/'] }, 'not an absolute URL'],
    ['with a relative callback', { CallbackURLs: ['/callback'] }, 'not an absolute URL'],
    [
      'with a fragment in its callback',
      { CallbackURLs: ['https://app.example.com/#x'] },
      'not an absolute URL',
    ],
    ['with a logout URL over plain HTTP', { LogoutURLs: ['http://app.example.com/'] }, 'not an absolute URL'],
    [
      'with a default that is no callback',
      { DefaultRedirectURI: 'https://app.example.com/other' },
      'DefaultRedirectURI',
    ],
    [
      'with an identity provider that the pool lacks',
      { SupportedIdentityProviders: ['COGNITO', 'Google'] },
      'Google',
    ],
    [
      'with old and new sign-in flows',
      { ExplicitAuthFlows: ['USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH'] },
      'ALLOW_',
    ],
    [
      'with machine tokens and sign-in',
      { ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH', 'ALLOW_USER_AUTH'] },
      'only',
    ],
    ['with machine tokens and no secret', { ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'] }, 'secret'],
  ])('for people %s', async (_why, changes, message) => {
    expect(await refusal('CreateUserPoolClient', { ...webApp, ...changes })).toEqual([
      'InvalidParameterException',
      expect.stringContaining(message),
    ]);
  });

  it('when a change breaks a rule, and stays as it was', async () => {
    const { ClientId } = await create(machine);
    const input = { ClientId, AllowedOAuthScopes: ['openid'], AllowedOAuthFlows: ['client_credentials'] };
    expect((await refusal('UpdateUserPoolClient', input))[0]).toBe('InvalidOAuthFlowException');
    const { body } = await cognito.cognito('DescribeUserPoolClient', { UserPoolId, ClientId });
    expect(body.UserPoolClient).toMatchObject({ AllowedOAuthScopes: [readUsers] });
  });
});

it.each([
  'https://app.example.com/callback?a=b',
  'http://localhost:3000/callback',
  'http://127.0.0.1:8400/',
  'http://[::1]/',
  'com.example.app://callback',
])('%s may be a callback', async (url) => {
  const client = await create({ ...webApp, CallbackURLs: [url], LogoutURLs: [url], DefaultRedirectURI: url });
  expect(client).toMatchObject({ CallbackURLs: [url], LogoutURLs: [url], DefaultRedirectURI: url });
});

describe('a token lives', () => {
  it.each([
    [{ AccessTokenValidity: 5 }, { AccessToken: 'minutes' }, 300],
    [{ AccessTokenValidity: 300 }, { AccessToken: 'seconds' }, 300],
    [{ AccessTokenValidity: 24 }, {}, 86_400],
    [{ AccessTokenValidity: 1 }, { AccessToken: 'days' }, 86_400],
  ])('as %j in %j says: %s s', async (validity, TokenValidityUnits, seconds) => {
    const client = await create({ ...machine, ...validity, TokenValidityUnits });
    expect(client).toMatchObject({ ...validity, TokenValidityUnits });
    const kept = cognito.pool().clients.find(({ clientId }) => clientId === client.ClientId);
    expect(kept!.accessTokenValiditySeconds).toBe(seconds);
  });

  it.each([
    [{ AccessTokenValidity: 299 }, { AccessToken: 'seconds' }],
    [{ AccessTokenValidity: 25 }, {}],
    [{ IdTokenValidity: 4 }, { IdToken: 'minutes' }],
    [{ IdTokenValidity: 2 }, { IdToken: 'days' }],
    [{ RefreshTokenValidity: 59 }, { RefreshToken: 'minutes' }],
    [{ RefreshTokenValidity: 3651 }, {}],
    [{ RefreshTokenValidity: 1, AccessTokenValidity: 2 }, { RefreshToken: 'hours' }],
  ])('not for %j in %j', async (validity, TokenValidityUnits) => {
    const input = { ...machine, ...validity, TokenValidityUnits };
    expect(await refusal('CreateUserPoolClient', input)).toEqual([
      'InvalidParameterException',
      expect.stringContaining('Invalid range for token validity'),
    ]);
  });
});

describe('the secrets of an app client', () => {
  it('are two at most, of which each gets tokens until it is deleted', async () => {
    const { ClientId, ClientSecret } = await create(machine);
    const add = (input = {}) =>
      cognito.cognito('AddUserPoolClientSecret', { UserPoolId, ClientId, ...input });
    const { ClientSecretId, ClientSecretValue } = (await add()).body.ClientSecretDescriptor;
    expect((await refusal('AddUserPoolClientSecret', { ClientId }))[0]).toBe('LimitExceededException');

    const list = await cognito.cognito('ListUserPoolClientSecrets', { UserPoolId, ClientId });
    expect(list.body).toEqual({
      ClientSecrets: [
        { ClientSecretId: expect.any(String), ClientSecretCreateDate: expect.any(Number) },
        { ClientSecretId, ClientSecretCreateDate: expect.any(Number) },
      ],
    });
    const statusOf = async (secret: string) => {
      const basic = Buffer.from(`${ClientId}:${secret}`).toString('base64');
      const answer = await fetch(`${cognito.url}/oauth2/token`, {
        method: 'POST',
        headers: { Authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      return answer.status;
    };
    expect([await statusOf(ClientSecret), await statusOf(ClientSecretValue)]).toEqual([200, 200]);

    const remove = (id: string) => ({ UserPoolId, ClientId, ClientSecretId: id });
    const [first] = list.body.ClientSecrets;
    await cognito.cognito('DeleteUserPoolClientSecret', remove(first.ClientSecretId));
    expect([await statusOf(ClientSecret), await statusOf(ClientSecretValue)]).toEqual([400, 200]);
    expect(await refusal('DeleteUserPoolClientSecret', remove(ClientSecretId))).toEqual([
      'InvalidParameterException',
      expect.stringContaining('last secret'),
    ]);
    expect((await refusal('DeleteUserPoolClientSecret', remove('nothing')))[0]).toBe(
      'ResourceNotFoundException',
    );
    const { body } = await cognito.cognito('DescribeUserPoolClient', { UserPoolId, ClientId });
    expect(body.UserPoolClient.ClientSecret).toBe(ClientSecretValue);
  });

  it('are shown to nobody who brought them along', async () => {
    const { ClientId } = await create(machine);
    const { body } = await cognito.cognito('AddUserPoolClientSecret', {
      UserPoolId,
      ClientId,
      ClientSecret: 'a_secret_of_24_characters',
    });
    expect(Object.keys(body.ClientSecretDescriptor)).toEqual(['ClientSecretId', 'ClientSecretCreateDate']);
  });

  it('are none for a public client', async () => {
    const { ClientId } = await create(webApp);
    expect((await refusal('AddUserPoolClientSecret', { ClientId }))[0]).toBe('InvalidParameterException');
  });
});

describe('GetClientToken', () => {
  const withoutDomain = {
    ClientName: 'without a domain',
    GenerateSecret: true,
    ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'],
    AllowedOAuthScopes: [readUsers, writeUsers],
  };
  /** As the SDKs call it where they know that it needs no signature. */
  const unsigned = (input: object) => {
    const { Authorization, ...headers } = signedHeaders('AWSCognitoIdentityProviderService.GetClientToken');
    expect(Authorization).toBeDefined();
    return cognito.send('/', { method: 'POST', headers, body: JSON.stringify(input) });
  };

  it('issues a token that the verifier for Cognito accepts, without a signature and without a domain', async () => {
    const id = cognito.addPool({ resourceServers: cognito.pool().resourceServers });
    const { ClientId, ClientSecret } = await create({ UserPoolId: id, ...withoutDomain });
    const { body } = await unsigned({ ClientId, Secret: ClientSecret });
    const { AccessToken, ...rest } = body.ClientAuthenticationResult;
    expect(rest).toEqual({ ExpiresIn: 3600, TokenType: 'Bearer' });
    const verifier = CognitoJwtVerifier.create({ userPoolId: id, tokenUse: 'access', clientId: ClientId });
    verifier.cacheJwks({ keys: publishedKeys(cognito.pools.find(id)!).map((key) => ({ ...key })) });
    expect(verifier.verifySync(AccessToken)).toMatchObject({
      client_id: ClientId,
      scope: `${readUsers} ${writeUsers}`,
    });
  });

  it('takes a signature too, of the Region of the pool', async () => {
    const { ClientId, ClientSecret } = await create(withoutDomain);
    const input = { ClientId, Secret: ClientSecret, Scopes: [writeUsers] };
    const { body } = await cognito.cognito('GetClientToken', input);
    const [, payload] = (body.ClientAuthenticationResult.AccessToken as string).split('.');
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({ scope: writeUsers });
    const elsewhere = await cognito.cognito('GetClientToken', input, 'eu-west-1');
    expect(elsewhere.body.__type).toBe('ResourceNotFoundException');
  });

  it.each([
    ['a wrong secret', { Secret: 'x'.repeat(51) }, {}, 'NotAuthorizedException'],
    ['an unknown client', { ClientId: 'nobody' }, {}, 'ResourceNotFoundException'],
    [
      'a scope that the client does not have',
      { Scopes: [writeUsers] },
      { AllowedOAuthScopes: [readUsers] },
      'InvalidParameterException',
    ],
    [
      'a client that is not meant for it',
      {},
      { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
      'InvalidParameterException',
    ],
  ])('refuses %s', async (_what, changes, members, type) => {
    const { ClientId, ClientSecret } = await create({ ...withoutDomain, ...members });
    const { status, body } = await unsigned({ ClientId, Secret: ClientSecret, ...changes });
    expect([status, body.__type]).toEqual([400, type]);
  });
});
