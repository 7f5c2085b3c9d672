import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { type Emulator, signedHeaders, startEmulator } from '../support/seeded-emulator';

const describeUserPool = 'AWSCognitoIdentityProviderService.DescribeUserPool';
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

/** Calls DescribeUserPool for the API's pool with changed headers. */
function post(changes: Record<string, string | undefined>, body?: string) {
  const all: Record<string, string | undefined> = { ...signedHeaders(describeUserPool), ...changes };
  const given = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined);
  const input = body ?? JSON.stringify({ UserPoolId: emulator.pool().id });
  return emulator.send('/', { method: 'POST', headers: given, body: input });
}

describe('a response', () => {
  it('has the media type of the protocol and a unique request id', async () => {
    const responses = [await post({}), await post({})];
    for (const { status, headers } of responses) {
      expect([status, headers.get('Content-Type')]).toEqual([200, 'application/x-amz-json-1.1']);
    }
    expect(new Set(responses.map(({ headers }) => headers.get('x-amzn-RequestId'))).size).toBe(2);
  });

  it('with an error has its type in the body and in a header', async () => {
    const { status, headers, body } = await emulator.cognitoIdp('DescribeUserPool', {
      UserPoolId: 'eu-central-1_Nothing01',
    });
    expect([status, body]).toEqual([
      400,
      {
        __type: 'ResourceNotFoundException',
        message: 'User pool eu-central-1_Nothing01 does not exist.',
      },
    ]);
    expect(headers.get('x-amzn-ErrorType')).toBe('ResourceNotFoundException');
    expect(headers.get('Content-Type')).toBe('application/x-amz-json-1.1');
    expect(headers.get('x-amzn-RequestId')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a call is refused', () => {
  const signature = signedHeaders(describeUserPool)['Authorization']!;

  it.each([
    ['without a signature', { Authorization: undefined }, 'MissingAuthenticationTokenException'],
    ['with HTTP Basic', { Authorization: 'Basic eDp5' }, 'IncompleteSignatureException'],
    ['with a truncated signature', { Authorization: signature.slice(0, -1) }, 'IncompleteSignatureException'],
    [
      'with a signature for a malformed Region',
      { Authorization: signature.replace('eu-central-1', 'central') },
      'IncompleteSignatureException',
    ],
    [
      'with a signature for another service',
      { Authorization: signature.replace('cognito-idp', 'ssm') },
      'InvalidSignatureException',
    ],
    ['without an operation', { 'X-Amz-Target': undefined }, 'UnknownOperationException'],
    [
      'for an operation without a service',
      { 'X-Amz-Target': 'DescribeUserPool' },
      'UnknownOperationException',
    ],
    ['in another media type', { 'Content-Type': 'application/json' }, 'SerializationException'],
  ])('%s', async (_how, changes, type) => {
    const { status, body } = await post(changes);
    expect([status, body.__type]).toEqual([400, type]);
  });

  it('by name for an operation that the emulator does not support', async () => {
    for (const name of ['AdminDeleteUserAttributes', 'toString', '']) {
      const { body } = await emulator.cognitoIdp(name);
      expect(body).toEqual({
        __type: 'UnknownOperationException',
        message: `The emulator does not support the operation AWSCognitoIdentityProviderService.${name}.`,
      });
    }
  });

  it('by name for a member that the emulator does not support', async () => {
    const { body } = await emulator.cognitoIdp('CreateUserPool', {
      PoolName: 'x',
      LambdaConfig: {},
      Schema: [],
    });
    expect(body).toEqual({
      __type: 'InvalidParameterException',
      message: 'The emulator does not support LambdaConfig, Schema of CreateUserPool.',
    });
  });

  it.each([
    ['cognitoIdp', 'CreateUserPool', { PoolName: 'x', MfaConfiguration: 'ON' }, 'OFF as MfaConfiguration'],
    [
      'cognitoIdp',
      'CreateUserPool',
      { PoolName: 'x', MfaConfiguration: 'OPTIONAL' },
      'OFF as MfaConfiguration',
    ],
    [
      'cognitoIdp',
      'AdminCreateUser',
      { UserPoolId: 'eu-central-1_Local0001', Username: 'x', MessageAction: 'RESEND' },
      'SUPPRESS as MessageAction',
    ],
    [
      'secretsManager',
      'GetSecretValue',
      { SecretId: 'x', VersionStage: 'AWSPREVIOUS' },
      'AWSCURRENT as VersionStage',
    ],
  ] as const)('by name for an unsupported value (%s, %s, %j)', async (service, name, input, only) => {
    const { body } = await emulator[service](name, input);
    expect(body).toEqual({
      __type: 'InvalidParameterException',
      message: `In ${name}, the emulator supports only ${only}.`,
    });
  });

  it.each(['SetUserPoolMfaConfig', 'AssociateSoftwareToken', 'AdminSetUserMFAPreference'])(
    'by name for the MFA operation %s',
    async (name) => {
      const { body } = await emulator.cognitoIdp(name);
      expect([body.__type, body.message]).toEqual([
        'UnknownOperationException',
        expect.stringContaining(`does not support the operation AWSCognitoIdentityProviderService.${name}`),
      ]);
    },
  );

  it.each([
    ['a body that is not JSON', '{"UserPoolId":', 'The body is not JSON.'],
    ['a body that is not an object', '[]', ' is not of type object'],
    ['a member of another type', '{"UserPoolId":7}', 'userPoolId is not of type string'],
  ])('with %s', async (_what, text, message) => {
    const { body } = await post({}, text);
    expect(body).toEqual({ __type: 'SerializationException', message });
  });

  it('when its body is too large', async () => {
    const { status, body } = await post({}, 'x'.repeat(2_000_000));
    expect([status, body.__type]).toEqual([413, 'SerializationException']);
  });

  it('with every violated constraint and without its input', async () => {
    const { body } = await emulator.cognitoIdp('CreateUserPoolClient', {
      UserPoolId: emulator.pool().id,
      ClientName: 'n!',
      ClientSecret: 'secret',
      AllowedOAuthFlows: ['token'],
      AccessTokenValidity: 0,
      CallbackURLs: Array.from({ length: 101 }, () => 'https://example.com'),
      TokenValidityUnits: { AccessToken: 'weeks' },
    });
    const violations = [
      "'clientName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+",
      "'clientSecret' failed to satisfy constraint: Member must have length greater than or equal to 24",
      "'accessTokenValidity' failed to satisfy constraint: Member must have value greater than or equal to 1",
      "'allowedOAuthFlows' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [code, implicit, client_credentials]]",
      "'callbackURLs' failed to satisfy constraint: Member must have length less than or equal to 100",
      "'tokenValidityUnits.accessToken' failed to satisfy constraint: Member must satisfy enum value set: [seconds, minutes, hours, days]",
    ];
    expect(body.__type).toBe('InvalidParameterException');
    expect(body.message).toMatch(/^6 validation errors detected: Value at /);
    for (const violation of violations) expect(body.message).toContain(`Value at ${violation}`);
    for (const sent of ['n!', 'token]', 'weeks']) expect(body.message).not.toContain(sent);
  });

  it('for a required member that is missing or empty', async () => {
    const { body } = await emulator.cognitoIdp('CreateResourceServer', {
      UserPoolId: emulator.pool().id,
      Name: '',
      Scopes: [{ ScopeName: 'a/b', ScopeDescription: 'x' }],
    });
    expect(body.message).toBe(
      [
        "4 validation errors detected: Value at 'identifier' failed to satisfy constraint: Member must not be null",
        "Value at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+",
        "Value at 'scopes.1.member.scopeName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\x21\\x23-\\x2E\\x30-\\x5B\\x5D-\\x7E]+",
      ].join('; '),
    );
  });
});

it('a pool exists in its own Region only', async () => {
  const { id } = emulator.pool();
  for (const operation of ['DescribeUserPool', 'DeleteUserPool', 'ListUserPoolClients']) {
    const { body } = await emulator.cognitoIdp(operation, { UserPoolId: id }, 'eu-west-1');
    expect(body.__type).toBe('ResourceNotFoundException');
  }
});

it('a change that cannot be stored is answered with 500 and not made', async () => {
  const { stateFile } = emulator;
  renameSync(stateFile, `${stateFile}.moved`);
  mkdirSync(stateFile);
  const { status, body } = await emulator.cognitoIdp('CreateUserPool', { PoolName: 'lost' });
  expect([status, body.__type]).toEqual([500, 'InternalErrorException']);
  rmdirSync(stateFile);
  renameSync(`${stateFile}.moved`, stateFile);
  const list = await emulator.cognitoIdp('ListUserPools', { MaxResults: 60 });
  expect((list.body.UserPools as { Name: string }[]).map(({ Name }) => Name)).not.toContain('lost');
});

it('the log has operations and reasons, but no secrets', async () => {
  const secret = 'a_secret_from_the_caller';
  const pool = { UserPoolId: emulator.pool().id };
  await emulator.cognitoIdp('CreateUserPoolClient', { ...pool, ClientName: 'kept', ClientSecret: secret });
  await emulator.cognitoIdp('CreateUserPoolClient', {
    ...pool,
    ClientName: 'refused',
    ClientSecret: secret,
    AllowedOAuthScopes: ['no'],
  });
  const lines = emulator.log.join('');
  expect(lines).toContain('"target":"AWSCognitoIdentityProviderService.CreateUserPoolClient"');
  expect(lines).toContain('Invalid scope requested: no');
  expect(lines).not.toContain(secret);
});
