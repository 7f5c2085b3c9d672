import { type Emulator, startEmulator } from '../../support/seeded-emulator';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

/** Type and message of the error that a call is answered with. */
async function refusal(operation: string, input: object): Promise<[string, string]> {
  const { status, body } = await emulator.cognitoIdp(operation, input);
  expect(status).toBe(400);
  return [body.__type, body.message];
}

describe('a user pool', () => {
  it('is created in the Region of the signature with the defaults of Cognito', async () => {
    const { body } = await emulator.cognitoIdp('CreateUserPool', { PoolName: 'api' }, 'eu-west-1');
    const { Id, CreationDate } = body.UserPool;
    expect(Id).toMatch(/^eu-west-1_[A-Za-z0-9]{9}$/);
    expect(body.UserPool).toEqual({
      Id,
      Name: 'api',
      Arn: `arn:aws:cognito-idp:eu-west-1:000000000000:userpool/${Id}`,
      CreationDate,
      LastModifiedDate: CreationDate,
      DeletionProtection: 'INACTIVE',
      EstimatedNumberOfUsers: 0,
      IssuerConfiguration: { Type: 'ORIGINAL' },
      LambdaConfig: {},
      MfaConfiguration: 'OFF',
      Policies: {
        PasswordPolicy: {
          MinimumLength: 8,
          RequireLowercase: true,
          RequireUppercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
        },
      },
    });
    const keys = await fetch(`${emulator.url}/${Id}/.well-known/jwks.json`);
    expect(keys.status).toBe(200);
    await emulator.cognitoIdp('DeleteUserPool', { UserPoolId: Id }, 'eu-west-1');
  });

  it('is updated as a whole: omitted settings are reset to their defaults', async () => {
    const UserPoolId = emulator.addPool();
    const given = {
      DeletionProtection: 'ACTIVE',
      IssuerConfiguration: { Type: 'UPDATED' },
      UserPoolTags: { team: 'api' },
      Policies: { PasswordPolicy: { MinimumLength: 12 } },
    };
    const none = { RequireLowercase: false, RequireUppercase: false, RequireNumbers: false };
    expect((await emulator.cognitoIdp('UpdateUserPool', { UserPoolId, ...given })).body).toEqual({});
    const { body: changed } = await emulator.cognitoIdp('DescribeUserPool', { UserPoolId });
    expect(changed.UserPool).toMatchObject({
      ...given,
      Policies: { PasswordPolicy: { MinimumLength: 12, ...none, RequireSymbols: false } },
    });

    await emulator.cognitoIdp('UpdateUserPool', { UserPoolId });
    const { body: reset } = await emulator.cognitoIdp('DescribeUserPool', { UserPoolId });
    expect(reset.UserPool).toMatchObject({
      DeletionProtection: 'INACTIVE',
      IssuerConfiguration: { Type: 'ORIGINAL' },
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true } },
    });
    expect(reset.UserPool).not.toHaveProperty('UserPoolTags');
    expect(reset.UserPool.Name).toBe(changed.UserPool.Name);
  });

  it.each([
    { UsernameAttributes: ['email', 'phone_number'], UsernameConfiguration: { CaseSensitive: false } },
    { AliasAttributes: ['email', 'preferred_username'] },
  ])('has in its description the sign-in options %j', async (options) => {
    const { body } = await emulator.cognitoIdp('CreateUserPool', { PoolName: 'options', ...options });
    expect(body.UserPool).toMatchObject(options);
    const { body: described } = await emulator.cognitoIdp('DescribeUserPool', {
      UserPoolId: body.UserPool.Id,
    });
    expect(described.UserPool).toEqual(body.UserPool);
  });

  it('cannot have username and alias attributes', async () => {
    const input = { PoolName: 'both', UsernameAttributes: ['email'], AliasAttributes: ['email'] };
    expect(await refusal('CreateUserPool', input)).toEqual([
      'InvalidParameterException',
      expect.stringContaining('Only one of the aliasAttributes or usernameAttributes'),
    ]);
  });

  it('cannot change its sign-in options', async () => {
    const input = { UserPoolId: emulator.addPool(), UsernameAttributes: ['email'] };
    expect(await refusal('UpdateUserPool', input)).toEqual([
      'InvalidParameterException',
      expect.stringContaining('does not support UsernameAttributes of UpdateUserPool'),
    ]);
  });

  it('can be deleted only without deletion protection and without a domain', async () => {
    const UserPoolId = emulator.addPool({ deletionProtection: 'ACTIVE', domain: 'still-there' });
    const remove = () => refusal('DeleteUserPool', { UserPoolId });
    expect(await remove()).toEqual([
      'InvalidParameterException',
      expect.stringContaining('deletion protection'),
    ]);
    await emulator.cognitoIdp('UpdateUserPool', { UserPoolId });
    expect(await remove()).toEqual(['InvalidParameterException', expect.stringContaining('domain')]);
    await emulator.cognitoIdp('DeleteUserPoolDomain', { UserPoolId, Domain: 'still-there' });
    const { status, body } = await emulator.cognitoIdp('DeleteUserPool', { UserPoolId });
    expect([status, body]).toEqual([200, undefined]);
    expect(await remove()).toEqual(['ResourceNotFoundException', expect.any(String)]);
  });

  it('is listed page by page for one Region', async () => {
    const here = Array.from({ length: 4 }, (_, index) =>
      emulator.addPool({ id: `us-east-1_Page${index}`, name: `page ${index}` }),
    );
    emulator.addPool({ id: 'us-east-2_Other' });
    const listed: string[] = [];
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const input = { MaxResults: 3, ...(NextToken !== undefined && { NextToken }) };
      const { body } = await emulator.cognitoIdp('ListUserPools', input, 'us-east-1');
      listed.push(...(body.UserPools as { Name: string }[]).map(({ Name }) => Name));
      sizes.push(body.UserPools.length);
      NextToken = body.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([3, 1]);
    expect(listed).toEqual(here.map((_, index) => `page ${index}`));
  });

  it.each([[{}], [{ MaxResults: 0 }], [{ MaxResults: 61 }], [{ MaxResults: 1, NextToken: 'nonsense' }]])(
    'is not listed for the input %j',
    async (input) => {
      expect((await refusal('ListUserPools', input))[0]).toBe('InvalidParameterException');
    },
  );
});

describe('a domain', () => {
  it('is described with its pool, and as empty once it is deleted', async () => {
    const UserPoolId = emulator.addPool();
    const Domain = 'my-unique-prefix';
    const created = await emulator.cognitoIdp('CreateUserPoolDomain', { UserPoolId, Domain });
    expect(created.body).toEqual({ ManagedLoginVersion: 1 });
    expect((await emulator.cognitoIdp('DescribeUserPoolDomain', { Domain })).body.DomainDescription).toEqual({
      AWSAccountId: '000000000000',
      Domain,
      ManagedLoginVersion: 1,
      Status: 'ACTIVE',
      UserPoolId,
    });
    const { body } = await emulator.cognitoIdp('DescribeUserPool', { UserPoolId });
    expect(body.UserPool.Domain).toBe(Domain);

    expect((await emulator.cognitoIdp('DeleteUserPoolDomain', { UserPoolId, Domain })).status).toBe(200);
    const gone = await emulator.cognitoIdp('DescribeUserPoolDomain', { Domain });
    expect([gone.status, gone.body]).toEqual([200, { DomainDescription: {} }]);
  });

  it.each([
    ['another pool has it', { Domain: 'local' }, 'already associated'],
    ['its pool has one', { Domain: 'second' }, 'already has a domain'],
    ['it holds a reserved word', { Domain: 'my-cognito-domain' }, 'reserved word: cognito'],
    ['it begins with a hyphen', { Domain: '-x' }, 'regular expression'],
    ['it has upper-case letters', { Domain: 'Mine' }, 'regular expression'],
    ['it is too long', { Domain: 'x'.repeat(64) }, 'length less than or equal to 63'],
    [
      'it is a custom domain',
      { Domain: 'mine', CustomDomainConfig: {} },
      'does not support CustomDomainConfig',
    ],
  ])('is refused when %s', async (_why, input, message) => {
    const UserPoolId = emulator.addPool({ domain: input.Domain === 'second' ? 'first' : undefined });
    expect(await refusal('CreateUserPoolDomain', { UserPoolId, ...input })).toEqual([
      'InvalidParameterException',
      expect.stringContaining(message),
    ]);
  });

  it('cannot be deleted through another pool', async () => {
    const input = { UserPoolId: emulator.addPool(), Domain: 'local' };
    expect((await refusal('DeleteUserPoolDomain', input))[0]).toBe('InvalidParameterException');
    expect(emulator.pool().domain).toBe('local');
  });
});

describe('a resource server', () => {
  const Identifier = 'https://api.example.com';
  const scope = (ScopeName: string) => ({ ScopeName, ScopeDescription: `may ${ScopeName}` });

  it('is created, described, updated as a whole, and deleted', async () => {
    const UserPoolId = emulator.addPool();
    const server = { UserPoolId, Identifier, Name: 'api', Scopes: [scope('things.read')] };
    const created = await emulator.cognitoIdp('CreateResourceServer', server);
    expect(created.body).toEqual({ ResourceServer: server });
    const changed = { ...server, Name: 'other', Scopes: [scope('orders.read'), scope('orders.write')] };
    expect((await emulator.cognitoIdp('UpdateResourceServer', changed)).body).toEqual({
      ResourceServer: changed,
    });
    const existing = { UserPoolId, Identifier };
    expect((await emulator.cognitoIdp('DescribeResourceServer', existing)).body).toEqual({
      ResourceServer: changed,
    });
    const { Scopes, ...withoutScopes } = changed;
    expect(Scopes).toHaveLength(2);
    expect(
      (await emulator.cognitoIdp('UpdateResourceServer', withoutScopes)).body.ResourceServer.Scopes,
    ).toEqual([]);
    expect((await emulator.cognitoIdp('DeleteResourceServer', existing)).body).toBeUndefined();
    expect((await refusal('DescribeResourceServer', existing))[0]).toBe('ResourceNotFoundException');
    expect((await refusal('UpdateResourceServer', changed))[0]).toBe('ResourceNotFoundException');
    expect((await refusal('DeleteResourceServer', existing))[0]).toBe('ResourceNotFoundException');
  });

  it('has at most 100 scopes', async () => {
    const UserPoolId = emulator.addPool();
    const withScopes = (count: number) => ({
      UserPoolId,
      Identifier: `with-${count}`,
      Name: 'api',
      Scopes: Array.from({ length: count }, (_, index) => scope(`s${index}`)),
    });
    expect((await emulator.cognitoIdp('CreateResourceServer', withScopes(100))).status).toBe(200);
    expect(await refusal('CreateResourceServer', withScopes(101))).toEqual([
      'InvalidParameterException',
      expect.stringContaining("'scopes' failed to satisfy constraint: Member must have length less"),
    ]);
  });

  it('has a unique identifier, and a pool has at most 25 of them', async () => {
    const UserPoolId = emulator.addPool();
    const input = (identifier: string) => ({ UserPoolId, Identifier: identifier, Name: 'api' });
    await emulator.cognitoIdp('CreateResourceServer', input('server-1'));
    expect(await refusal('CreateResourceServer', input('server-1'))).toEqual([
      'InvalidParameterException',
      expect.stringContaining('already exists'),
    ]);
    for (let index = 2; index <= 25; index++) {
      await emulator.cognitoIdp('CreateResourceServer', input(`server-${index}`));
    }
    expect((await refusal('CreateResourceServer', input('server-26')))[0]).toBe('LimitExceededException');

    const { body: first } = await emulator.cognitoIdp('ListResourceServers', { UserPoolId, MaxResults: 20 });
    const { body: rest } = await emulator.cognitoIdp('ListResourceServers', {
      UserPoolId,
      NextToken: first.NextToken,
    });
    const servers = [...first.ResourceServers, ...rest.ResourceServers] as { Identifier: string }[];
    const identifiers = servers.map((server) => server.Identifier);
    expect(identifiers).toEqual(Array.from({ length: 25 }, (_, index) => `server-${index + 1}`));
    expect(rest).not.toHaveProperty('NextToken');
  });
});
