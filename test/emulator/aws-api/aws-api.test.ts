import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { type Cognito, signedHeaders, startCognito } from '../support/seeded-emulator';

const describeUserPool = 'AWSCognitoIdentityProviderService.DescribeUserPool';
let cognito: Cognito;
beforeAll(async () => {
  cognito = await startCognito();
});
afterAll(() => cognito.stop());

/** Describes the API's pool, with other headers. */
function post(changes: Record<string, string | undefined>, body?: string) {
  const all: Record<string, string | undefined> = { ...signedHeaders(describeUserPool), ...changes };
  const given = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined);
  const input = body ?? JSON.stringify({ UserPoolId: cognito.pool().id });
  return cognito.send('/', { method: 'POST', headers: given, body: input });
}

describe('an answer', () => {
  it('has the media type of the protocol and an id of its own', async () => {
    const answers = [await post({}), await post({})];
    for (const { status, headers } of answers) {
      expect([status, headers.get('Content-Type')]).toEqual([200, 'application/x-amz-json-1.1']);
    }
    expect(new Set(answers.map(({ headers }) => headers.get('x-amzn-RequestId'))).size).toBe(2);
  });

  it('that refuses names its error in the body and in a header', async () => {
    const { status, headers, body } = await cognito.cognito('DescribeUserPool', {
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
    [
      'with a signature that is cut off',
      { Authorization: signature.slice(0, -1) },
      'IncompleteSignatureException',
    ],
    [
      'signed for a Region that is none',
      { Authorization: signature.replace('eu-central-1', 'central') },
      'IncompleteSignatureException',
    ],
    [
      'signed for another service',
      { Authorization: signature.replace('cognito-idp', 'ssm') },
      'InvalidSignatureException',
    ],
    ['without an operation', { 'X-Amz-Target': undefined }, 'UnknownOperationException'],
    ['for an operation of no service', { 'X-Amz-Target': 'DescribeUserPool' }, 'UnknownOperationException'],
    ['in another media type', { 'Content-Type': 'application/json' }, 'SerializationException'],
  ])('%s', async (_how, changes, type) => {
    const { status, body } = await post(changes);
    expect([status, body.__type]).toEqual([400, type]);
  });

  it('for an operation that the stand-in lacks, by name', async () => {
    for (const name of ['AdminDeleteUserAttributes', 'toString', '']) {
      const { body } = await cognito.cognito(name);
      expect(body).toEqual({
        __type: 'UnknownOperationException',
        message: `The stand-in lacks the operation AWSCognitoIdentityProviderService.${name}.`,
      });
    }
  });

  it('for a member that the stand-in lacks, by name', async () => {
    const { body } = await cognito.cognito('CreateUserPool', {
      PoolName: 'x',
      LambdaConfig: {},
      Schema: [],
    });
    expect(body).toEqual({
      __type: 'InvalidParameterException',
      message: 'The stand-in lacks LambdaConfig, Schema of CreateUserPool.',
    });
  });

  it.each([
    ['no JSON', '{"UserPoolId":', 'The body is not JSON.'],
    ['no object', '[]', ' is not of type object'],
    ['a member of another type', '{"UserPoolId":7}', 'userPoolId is not of type string'],
  ])('with %s', async (_what, text, message) => {
    const { body } = await post({}, text);
    expect(body).toEqual({ __type: 'SerializationException', message });
  });

  it('when it is too large', async () => {
    const { status, body } = await post({}, 'x'.repeat(2_000_000));
    expect([status, body.__type]).toEqual([413, 'SerializationException']);
  });

  it('with all the rules that it breaks, and nothing of what was sent', async () => {
    const { body } = await cognito.cognito('CreateUserPoolClient', {
      UserPoolId: cognito.pool().id,
      ClientName: 'n!',
      ClientSecret: 'secret',
      AllowedOAuthFlows: ['token'],
      AccessTokenValidity: 0,
      CallbackURLs: Array.from({ length: 101 }, () => 'https://example.com'),
      TokenValidityUnits: { AccessToken: 'weeks' },
    });
    const rules = [
      "'clientName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+",
      "'clientSecret' failed to satisfy constraint: Member must have length greater than or equal to 24",
      "'accessTokenValidity' failed to satisfy constraint: Member must have value greater than or equal to 1",
      "'allowedOAuthFlows' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [code, implicit, client_credentials]]",
      "'callbackURLs' failed to satisfy constraint: Member must have length less than or equal to 100",
      "'tokenValidityUnits.accessToken' failed to satisfy constraint: Member must satisfy enum value set: [seconds, minutes, hours, days]",
    ];
    expect(body.__type).toBe('InvalidParameterException');
    expect(body.message).toMatch(/^6 validation errors detected: Value at /);
    for (const rule of rules) expect(body.message).toContain(`Value at ${rule}`);
    for (const sent of ['n!', 'token]', 'weeks']) expect(body.message).not.toContain(sent);
  });

  it('without a member that is required, or with an empty one', async () => {
    const { body } = await cognito.cognito('CreateResourceServer', {
      UserPoolId: cognito.pool().id,
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

it('a pool is there in its own Region only', async () => {
  const { id } = cognito.pool();
  for (const operation of ['DescribeUserPool', 'DeleteUserPool', 'ListUserPoolClients']) {
    const { body } = await cognito.cognito(operation, { UserPoolId: id }, 'eu-west-1');
    expect(body.__type).toBe('ResourceNotFoundException');
  }
});

it('a change that cannot be kept is answered with 500, and has not been made', async () => {
  const { stateFile } = cognito;
  renameSync(stateFile, `${stateFile}.moved`);
  mkdirSync(stateFile);
  const { status, body } = await cognito.cognito('CreateUserPool', { PoolName: 'lost' });
  expect([status, body.__type]).toEqual([500, 'InternalErrorException']);
  rmdirSync(stateFile);
  renameSync(`${stateFile}.moved`, stateFile);
  const list = await cognito.cognito('ListUserPools', { MaxResults: 60 });
  expect((list.body.UserPools as { Name: string }[]).map(({ Name }) => Name)).not.toContain('lost');
});

it('the log names operations and reasons, and no secret', async () => {
  const secret = 'a_secret_of_the_callers_own';
  const pool = { UserPoolId: cognito.pool().id };
  await cognito.cognito('CreateUserPoolClient', { ...pool, ClientName: 'kept', ClientSecret: secret });
  await cognito.cognito('CreateUserPoolClient', {
    ...pool,
    ClientName: 'refused',
    ClientSecret: secret,
    AllowedOAuthScopes: ['no'],
  });
  const lines = cognito.logged.join('');
  expect(lines).toContain('"target":"AWSCognitoIdentityProviderService.CreateUserPoolClient"');
  expect(lines).toContain('Invalid scope requested: no');
  expect(lines).not.toContain(secret);
});
