import { newClient } from '../../../../emulator/store/client';
import { type Emulator, startEmulator } from '../../support/seeded-emulator';

const readThings = 'https://api.example.com/things.read';
const machine = {
  ClientName: 'machine',
  GenerateSecret: true,
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['client_credentials'],
  AllowedOAuthScopes: [readThings],
};
const webApp = {
  ClientName: 'web',
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid'],
  CallbackURLs: ['https://app.example.com/callback'],
};

let emulator: Emulator;
let UserPoolId: string;
beforeAll(async () => {
  emulator = await startEmulator();
  UserPoolId = emulator.pool().id;
});
afterAll(() => emulator.stop());

/** Creates a client. @returns it with the member names of Cognito's API */
async function create(input: object) {
  const { status, body } = await emulator.cognitoIdp('CreateUserPoolClient', { UserPoolId, ...input });
  expect([status, body.message]).toEqual([200, undefined]);
  return body.UserPoolClient as { ClientId: string; ClientSecret: string; CreationDate: number };
}

async function refusal(operation: string, input: object): Promise<[string, string]> {
  const { status, body } = await emulator.cognitoIdp(operation, { UserPoolId, ...input });
  expect(status).toBe(400);
  return [body.__type, body.message];
}

describe('an app client', () => {
  it('has the defaults of Cognito', async () => {
    const client = await create({ ClientName: 'plain' });
    expect(client).toEqual({
      UserPoolId,
      ClientId: expect.stringMatching(/^[a-z0-9]{26}$/),
      ClientName: 'plain',
      ClientType: 'REGULAR',
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

  it('for machines has a secret, which its description has too, and gets tokens', async () => {
    const client = await create(machine);
    expect(client).toMatchObject({
      ClientSecret: expect.stringMatching(/^[a-z0-9]{51}$/),
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: [readThings],
    });
    const existing = { UserPoolId, ClientId: client.ClientId };
    const { body } = await emulator.cognitoIdp('DescribeUserPoolClient', existing);
    expect(body.UserPoolClient).toEqual(client);
    const response = await emulator.send('/oauth2/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.ClientId,
        client_secret: client.ClientSecret,
      }),
    });
    expect(response.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
  });

  it('can be created with a given secret', async () => {
    const ClientSecret = 'a_secret_of_24_characters';
    expect(await create({ ClientName: 'given', ClientSecret })).toMatchObject({ ClientSecret });
  });

  it('is updated as a whole: omitted settings except secret and name are reset to their defaults', async () => {
    const { ClientId, ClientSecret } = await create({
      ...machine,
      AccessTokenValidity: 5,
      TokenValidityUnits: { AccessToken: 'minutes' },
    });
    const { body } = await emulator.cognitoIdp('UpdateUserPoolClient', { UserPoolId, ClientId });
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

  it('has in its description settings that nothing depends on', async () => {
    const settings = {
      AuthSessionValidity: 15,
      EnablePropagateAdditionalUserContextData: true,
      PreventUserExistenceErrors: 'ENABLED',
      ReadAttributes: ['email'],
      SupportedIdentityProviders: ['COGNITO'],
      WriteAttributes: ['email'],
    };
    expect(await create({ ...webApp, ...settings })).toMatchObject(settings);
  });

  it.each([
    [{ Feature: 'ENABLED', RetryGracePeriodSeconds: 60 }, 60],
    [{ Feature: 'DISABLED' }, 0],
  ])('has in its description the refresh-token rotation %j', async (RefreshTokenRotation, seconds) => {
    expect(await create({ ...webApp, RefreshTokenRotation })).toMatchObject({
      RefreshTokenRotation: { ...RefreshTokenRotation, RetryGracePeriodSeconds: seconds },
    });
  });

  it('does not exist once it is deleted', async () => {
    const { ClientId } = await create(machine);
    const { status, body } = await emulator.cognitoIdp('DeleteUserPoolClient', { UserPoolId, ClientId });
    expect([status, body]).toEqual([200, undefined]);
    for (const operation of ['Describe', 'Update', 'Delete']) {
      expect(await refusal(`${operation}UserPoolClient`, { ClientId })).toEqual([
        'ResourceNotFoundException',
        `User pool client ${ClientId} does not exist.`,
      ]);
    }
  });

  it('does not exist in another pool', async () => {
    const { ClientId } = await create(machine);
    const other = { UserPoolId: emulator.addPool(), ClientId };
    expect((await refusal('DescribeUserPoolClient', other))[0]).toBe('ResourceNotFoundException');
  });

  it('is one of at most 1,000, which are listed 60 at a time', async () => {
    const clients = Array.from({ length: 1000 }, (_, index) => newClient(`client ${index}`, 0));
    const full = emulator.addPool({ clients });
    const input = { UserPoolId: full, ClientName: 'x' };
    expect((await refusal('CreateUserPoolClient', input))[0]).toBe('LimitExceededException');

    const { body: first } = await emulator.cognitoIdp('ListUserPoolClients', { UserPoolId: full });
    expect(first.UserPoolClients).toHaveLength(60);
    expect(first.UserPoolClients[59]).toEqual({
      ClientId: clients[59]!.clientId,
      ClientName: 'client 59',
      UserPoolId: full,
    });
    const deleted = { UserPoolId: full, ClientId: clients[0]!.clientId };
    await emulator.cognitoIdp('DeleteUserPoolClient', deleted);
    const next = { UserPoolId: full, MaxResults: 1, NextToken: first.NextToken };
    const { body: second } = await emulator.cognitoIdp('ListUserPoolClients', next);
    expect(second.UserPoolClients).toMatchObject([{ ClientName: 'client 60' }]);
    expect((await emulator.cognitoIdp('CreateUserPoolClient', input)).status).toBe(200);
  });
});

it.each([
  ['REGULAR', ['client']],
  ['DCR', []],
])('the list of clients of the type %s is %j', async (ClientType, names) => {
  const id = emulator.addPool({ clients: [newClient('client', 0)] });
  const { body } = await emulator.cognitoIdp('ListUserPoolClients', { UserPoolId: id, ClientType });
  const clients = body.UserPoolClients as { ClientName: string }[];
  expect(clients.map((client) => client.ClientName)).toEqual(names);
});

describe('an app client is refused', () => {
  const fiftyOne = Array.from({ length: 51 }, () => readThings);

  it.each([
    [
      'with a scope that does not exist',
      { AllowedOAuthScopes: ['https://api.example.com/no'] },
      'ScopeDoesNotExistException',
    ],
    ['with an unqualified scope', { AllowedOAuthScopes: ['things.read'] }, 'ScopeDoesNotExistException'],
    ['with more than 50 scopes', { AllowedOAuthScopes: fiftyOne }, 'InvalidParameterException'],
    ['without a secret', { GenerateSecret: false }, 'InvalidOAuthFlowException'],
    [
      'with a flow for users in addition to the one for machines',
      { AllowedOAuthFlows: ['client_credentials', 'code'], CallbackURLs: ['https://app.example.com'] },
      'InvalidOAuthFlowException',
    ],
    ['with openid for machines', { AllowedOAuthScopes: ['openid'] }, 'InvalidOAuthFlowException'],
    ['without a flow', { AllowedOAuthFlows: [] }, 'InvalidParameterException'],
    ['without a scope', { AllowedOAuthScopes: [] }, 'InvalidParameterException'],
    [
      'with a given and a generated secret',
      { ClientSecret: 'a_secret_of_24_characters' },
      'InvalidParameterException',
    ],
  ])('for machines %s', async (_why, changes, type) => {
    const before = emulator.pool().clients.length;
    expect((await refusal('CreateUserPoolClient', { ...machine, ...changes }))[0]).toBe(type);
    expect(emulator.pool().clients).toHaveLength(before);
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
      'with a default redirect URI that is not a callback',
      { DefaultRedirectURI: 'https://app.example.com/other' },
      'DefaultRedirectURI',
    ],
    ['with an unknown identity provider', { SupportedIdentityProviders: ['COGNITO', 'Google'] }, 'Google'],
    [
      'with legacy and current authentication flows',
      { ExplicitAuthFlows: ['USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH'] },
      'ALLOW_',
    ],
    [
      'with refresh-token rotation and ALLOW_REFRESH_TOKEN_AUTH',
      { ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'], RefreshTokenRotation: { Feature: 'ENABLED' } },
      'RefreshTokenRotation',
    ],
    [
      'with a longer retry grace period than a minute',
      { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 61 } },
      'less than or equal to 60',
    ],
    [
      'with ALLOW_CLIENT_TOKEN_AUTH and another flow',
      { ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH', 'ALLOW_USER_AUTH'] },
      'only',
    ],
    [
      'with ALLOW_CLIENT_TOKEN_AUTH without a secret',
      { ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'] },
      'secret',
    ],
  ])('for users %s', async (_why, changes, message) => {
    expect(await refusal('CreateUserPoolClient', { ...webApp, ...changes })).toEqual([
      'InvalidParameterException',
      expect.stringContaining(message),
    ]);
  });

  it('when an update violates a rule, and stays as it was', async () => {
    const { ClientId } = await create(machine);
    const input = { ClientId, AllowedOAuthScopes: ['openid'], AllowedOAuthFlows: ['client_credentials'] };
    expect((await refusal('UpdateUserPoolClient', input))[0]).toBe('InvalidOAuthFlowException');
    const { body } = await emulator.cognitoIdp('DescribeUserPoolClient', { UserPoolId, ClientId });
    expect(body.UserPoolClient).toMatchObject({ AllowedOAuthScopes: [readThings] });
  });
});

it.each([
  'https://app.example.com/callback?a=b',
  'http://localhost:3000/callback',
  'http://127.0.0.1:8400/',
  'http://[::1]/',
  'com.example.app://callback',
])('the callback URL %s is accepted', async (url) => {
  const client = await create({ ...webApp, CallbackURLs: [url], LogoutURLs: [url], DefaultRedirectURI: url });
  expect(client).toMatchObject({ CallbackURLs: [url], LogoutURLs: [url], DefaultRedirectURI: url });
});

describe('the validity of a token', () => {
  it.each([
    [{ AccessTokenValidity: 5 }, { AccessToken: 'minutes' }, 300],
    [{ AccessTokenValidity: 300 }, { AccessToken: 'seconds' }, 300],
    [{ AccessTokenValidity: 24 }, {}, 86_400],
    [{ AccessTokenValidity: 1 }, { AccessToken: 'days' }, 86_400],
  ])('%j in the units %j is %s s', async (validity, TokenValidityUnits, seconds) => {
    const client = await create({ ...machine, ...validity, TokenValidityUnits });
    expect(client).toMatchObject({ ...validity, TokenValidityUnits });
    const stored = emulator.pool().clients.find(({ clientId }) => clientId === client.ClientId);
    expect(stored!.accessTokenValiditySeconds).toBe(seconds);
  });

  it.each([
    [{ AccessTokenValidity: 299 }, { AccessToken: 'seconds' }],
    [{ AccessTokenValidity: 25 }, {}],
    [{ IdTokenValidity: 4 }, { IdToken: 'minutes' }],
    [{ IdTokenValidity: 2 }, { IdToken: 'days' }],
    [{ RefreshTokenValidity: 59 }, { RefreshToken: 'minutes' }],
    [{ RefreshTokenValidity: 3651 }, {}],
    [{ RefreshTokenValidity: 1, AccessTokenValidity: 2 }, { RefreshToken: 'hours' }],
  ])('%j in the units %j is refused', async (validity, TokenValidityUnits) => {
    const input = { ...machine, ...validity, TokenValidityUnits };
    expect(await refusal('CreateUserPoolClient', input)).toEqual([
      'InvalidParameterException',
      expect.stringContaining('Invalid range for token validity'),
    ]);
  });
});
