import { type Emulator, startEmulator } from '../../support/seeded-emulator';

const machine = {
  ClientName: 'machine',
  GenerateSecret: true,
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['client_credentials'],
  AllowedOAuthScopes: ['https://api.example.com/things.read'],
};

let emulator: Emulator;
let UserPoolId: string;
beforeAll(async () => {
  emulator = await startEmulator();
  UserPoolId = emulator.pool().id;
});
afterAll(() => emulator.stop());

async function create(input: object) {
  const { body } = await emulator.cognitoIdp('CreateUserPoolClient', { UserPoolId, ...input });
  return body.UserPoolClient as { ClientId: string; ClientSecret: string };
}

async function refusal(operation: string, input: object): Promise<[string, string]> {
  const { status, body } = await emulator.cognitoIdp(operation, { UserPoolId, ...input });
  expect(status).toBe(400);
  return [body.__type, body.message];
}

it('an app client has at most two secrets, and each of them is valid until it is deleted', async () => {
  const { ClientId, ClientSecret } = await create(machine);
  const add = (input = {}) =>
    emulator.cognitoIdp('AddUserPoolClientSecret', { UserPoolId, ClientId, ...input });
  const { ClientSecretId, ClientSecretValue } = (await add()).body.ClientSecretDescriptor;
  expect((await refusal('AddUserPoolClientSecret', { ClientId }))[0]).toBe('LimitExceededException');

  const list = await emulator.cognitoIdp('ListUserPoolClientSecrets', { UserPoolId, ClientId });
  expect(list.body).toEqual({
    ClientSecrets: [
      { ClientSecretId: expect.any(String), ClientSecretCreateDate: expect.any(Number) },
      { ClientSecretId, ClientSecretCreateDate: expect.any(Number) },
    ],
  });
  const statusOf = async (secret: string) => {
    const basic = Buffer.from(`${ClientId}:${secret}`).toString('base64');
    const response = await fetch(`${emulator.url}/oauth2/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    return response.status;
  };
  expect([await statusOf(ClientSecret), await statusOf(ClientSecretValue)]).toEqual([200, 200]);

  const remove = (id: string) => ({ UserPoolId, ClientId, ClientSecretId: id });
  const [first] = list.body.ClientSecrets;
  await emulator.cognitoIdp('DeleteUserPoolClientSecret', remove(first.ClientSecretId));
  expect([await statusOf(ClientSecret), await statusOf(ClientSecretValue)]).toEqual([400, 200]);
  expect(await refusal('DeleteUserPoolClientSecret', remove(ClientSecretId))).toEqual([
    'InvalidParameterException',
    expect.stringContaining('last secret'),
  ]);
  expect((await refusal('DeleteUserPoolClientSecret', remove('nothing')))[0]).toBe(
    'ResourceNotFoundException',
  );
  const { body } = await emulator.cognitoIdp('DescribeUserPoolClient', { UserPoolId, ClientId });
  expect(body.UserPoolClient.ClientSecret).toBe(ClientSecretValue);
});

it('the id of a secret has the form <client id>--<epoch seconds>, and is unique within a second', async () => {
  const now = 1_790_000_000;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now * 1000 + 999);
  const { ClientId } = await create(machine);
  const add = await emulator.cognitoIdp('AddUserPoolClientSecret', { UserPoolId, ClientId });
  clock.mockRestore();
  const { body } = await emulator.cognitoIdp('ListUserPoolClientSecrets', { UserPoolId, ClientId });
  expect(body.ClientSecrets).toEqual([
    { ClientSecretId: `${ClientId}--${now}`, ClientSecretCreateDate: now },
    { ClientSecretId: `${ClientId}--${now + 1}`, ClientSecretCreateDate: now },
  ]);
  expect(add.body.ClientSecretDescriptor.ClientSecretId).toBe(`${ClientId}--${now + 1}`);
});

it('a secret that the caller provided is not in the response', async () => {
  const { ClientId } = await create(machine);
  const { body } = await emulator.cognitoIdp('AddUserPoolClientSecret', {
    UserPoolId,
    ClientId,
    ClientSecret: 'a_secret_of_24_characters',
  });
  expect(Object.keys(body.ClientSecretDescriptor)).toEqual(['ClientSecretId', 'ClientSecretCreateDate']);
});

it('a public client cannot get a secret', async () => {
  const { ClientId } = await create({ ClientName: 'public' });
  expect((await refusal('AddUserPoolClientSecret', { ClientId }))[0]).toBe('InvalidParameterException');
});
