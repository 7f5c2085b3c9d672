import { type Cognito, startCognito } from '../../support/seeded-emulator';

let cognito: Cognito;
beforeAll(async () => {
  cognito = await startCognito();
});
afterAll(() => cognito.stop());

/** The error of an answer, which must be one. */
async function refusal(operation: string, input: object): Promise<[string, string]> {
  const { status, body } = await cognito.cognito(operation, input);
  expect(status).toBe(400);
  return [body.__type, body.message];
}

describe('a user pool', () => {
  it('is made in the Region of the signature, with the defaults of Cognito', async () => {
    const { body } = await cognito.cognito('CreateUserPool', { PoolName: 'api' }, 'eu-west-1');
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
    const keys = await fetch(`${cognito.url}/${Id}/.well-known/jwks.json`);
    expect(keys.status).toBe(200);
    await cognito.cognito('DeleteUserPool', { UserPoolId: Id }, 'eu-west-1');
  });

  it('is changed as a whole: what is left out goes back to its default', async () => {
    const UserPoolId = cognito.addPool();
    const given = {
      DeletionProtection: 'ACTIVE',
      IssuerConfiguration: { Type: 'UPDATED' },
      UserPoolTags: { team: 'api' },
      Policies: { PasswordPolicy: { MinimumLength: 12 } },
    };
    const none = { RequireLowercase: false, RequireUppercase: false, RequireNumbers: false };
    expect((await cognito.cognito('UpdateUserPool', { UserPoolId, ...given })).body).toEqual({});
    const { body: changed } = await cognito.cognito('DescribeUserPool', { UserPoolId });
    expect(changed.UserPool).toMatchObject({
      ...given,
      Policies: { PasswordPolicy: { MinimumLength: 12, ...none, RequireSymbols: false } },
    });

    await cognito.cognito('UpdateUserPool', { UserPoolId });
    const { body: reset } = await cognito.cognito('DescribeUserPool', { UserPoolId });
    expect(reset.UserPool).toMatchObject({
      DeletionProtection: 'INACTIVE',
      IssuerConfiguration: { Type: 'ORIGINAL' },
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true } },
    });
    expect(reset.UserPool).not.toHaveProperty('UserPoolTags');
    expect(reset.UserPool.Name).toBe(changed.UserPool.Name);
  });

  it('is deleted once its protection is off and its domain gone', async () => {
    const UserPoolId = cognito.addPool({ deletionProtection: 'ACTIVE', domain: 'in-the-way' });
    const remove = () => refusal('DeleteUserPool', { UserPoolId });
    expect(await remove()).toEqual([
      'InvalidParameterException',
      expect.stringContaining('deletion protection'),
    ]);
    await cognito.cognito('UpdateUserPool', { UserPoolId });
    expect(await remove()).toEqual(['InvalidParameterException', expect.stringContaining('domain')]);
    await cognito.cognito('DeleteUserPoolDomain', { UserPoolId, Domain: 'in-the-way' });
    const { status, body } = await cognito.cognito('DeleteUserPool', { UserPoolId });
    expect([status, body]).toEqual([200, undefined]);
    expect(await remove()).toEqual(['ResourceNotFoundException', expect.any(String)]);
  });

  it('is listed page by page, for one Region', async () => {
    const here = Array.from({ length: 4 }, (_, index) =>
      cognito.addPool({ id: `us-east-1_Page${index}`, name: `page ${index}` }),
    );
    cognito.addPool({ id: 'us-east-2_Other' });
    const listed: string[] = [];
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const input = { MaxResults: 3, ...(NextToken !== undefined && { NextToken }) };
      const { body } = await cognito.cognito('ListUserPools', input, 'us-east-1');
      listed.push(...(body.UserPools as { Name: string }[]).map(({ Name }) => Name));
      sizes.push(body.UserPools.length);
      NextToken = body.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([3, 1]);
    expect(listed).toEqual(here.map((_, index) => `page ${index}`));
  });

  it.each([[{}], [{ MaxResults: 0 }], [{ MaxResults: 61 }], [{ MaxResults: 1, NextToken: 'nonsense' }]])(
    'is not listed for %j',
    async (input) => {
      expect((await refusal('ListUserPools', input))[0]).toBe('InvalidParameterException');
    },
  );
});

describe('a domain', () => {
  it('is described with its pool, and as nothing once it is deleted', async () => {
    const UserPoolId = cognito.addPool();
    const Domain = 'my-unique-prefix';
    const made = await cognito.cognito('CreateUserPoolDomain', { UserPoolId, Domain });
    expect(made.body).toEqual({ ManagedLoginVersion: 1 });
    expect((await cognito.cognito('DescribeUserPoolDomain', { Domain })).body.DomainDescription).toEqual({
      AWSAccountId: '000000000000',
      Domain,
      ManagedLoginVersion: 1,
      Status: 'ACTIVE',
      UserPoolId,
    });
    const { body } = await cognito.cognito('DescribeUserPool', { UserPoolId });
    expect(body.UserPool.Domain).toBe(Domain);

    expect((await cognito.cognito('DeleteUserPoolDomain', { UserPoolId, Domain })).status).toBe(200);
    const gone = await cognito.cognito('DescribeUserPoolDomain', { Domain });
    expect([gone.status, gone.body]).toEqual([200, { DomainDescription: {} }]);
  });

  it.each([
    ['another pool has it', { Domain: 'local' }, 'already associated'],
    ['its pool has one', { Domain: 'second' }, 'already has a domain'],
    ['it holds a reserved word', { Domain: 'my-cognito-domain' }, 'reserved word: cognito'],
    ['it begins with a hyphen', { Domain: '-x' }, 'regular expression'],
    ['it has upper-case letters', { Domain: 'Mine' }, 'regular expression'],
    ['it is too long', { Domain: 'x'.repeat(64) }, 'length less than or equal to 63'],
    ['it is one of its own', { Domain: 'mine', CustomDomainConfig: {} }, 'lacks CustomDomainConfig'],
  ])('is refused when %s', async (_why, input, message) => {
    const UserPoolId = cognito.addPool({ domain: input.Domain === 'second' ? 'first' : undefined });
    expect(await refusal('CreateUserPoolDomain', { UserPoolId, ...input })).toEqual([
      'InvalidParameterException',
      expect.stringContaining(message),
    ]);
  });

  it("is not another pool's to delete", async () => {
    const input = { UserPoolId: cognito.addPool(), Domain: 'local' };
    expect((await refusal('DeleteUserPoolDomain', input))[0]).toBe('InvalidParameterException');
    expect(cognito.pool().domain).toBe('local');
  });
});

describe('a resource server', () => {
  const Identifier = 'https://api.example.com';
  const scope = (ScopeName: string) => ({ ScopeName, ScopeDescription: `may ${ScopeName}` });

  it('is made, described, changed as a whole, and deleted', async () => {
    const UserPoolId = cognito.addPool();
    const server = { UserPoolId, Identifier, Name: 'api', Scopes: [scope('users.read')] };
    const made = await cognito.cognito('CreateResourceServer', server);
    expect(made.body).toEqual({ ResourceServer: server });
    const changed = { ...server, Name: 'other', Scopes: [scope('orders.read'), scope('orders.write')] };
    expect((await cognito.cognito('UpdateResourceServer', changed)).body).toEqual({
      ResourceServer: changed,
    });
    const existing = { UserPoolId, Identifier };
    expect((await cognito.cognito('DescribeResourceServer', existing)).body).toEqual({
      ResourceServer: changed,
    });
    const { Scopes, ...bare } = changed;
    expect(Scopes).toHaveLength(2);
    expect((await cognito.cognito('UpdateResourceServer', bare)).body.ResourceServer.Scopes).toEqual([]);
    expect((await cognito.cognito('DeleteResourceServer', existing)).body).toBeUndefined();
    expect((await refusal('DescribeResourceServer', existing))[0]).toBe('ResourceNotFoundException');
    expect((await refusal('UpdateResourceServer', changed))[0]).toBe('ResourceNotFoundException');
    expect((await refusal('DeleteResourceServer', existing))[0]).toBe('ResourceNotFoundException');
  });

  it('has a hundred scopes at most', async () => {
    const UserPoolId = cognito.addPool();
    const withScopes = (count: number) => ({
      UserPoolId,
      Identifier: `with-${count}`,
      Name: 'api',
      Scopes: Array.from({ length: count }, (_, index) => scope(`s${index}`)),
    });
    expect((await cognito.cognito('CreateResourceServer', withScopes(100))).status).toBe(200);
    expect(await refusal('CreateResourceServer', withScopes(101))).toEqual([
      'InvalidParameterException',
      expect.stringContaining("'scopes' failed to satisfy constraint: Member must have length less"),
    ]);
  });

  it('is the only one with its identifier, and one of 25 at most', async () => {
    const UserPoolId = cognito.addPool();
    const make = (identifier: string) => ({ UserPoolId, Identifier: identifier, Name: 'api' });
    await cognito.cognito('CreateResourceServer', make('server-1'));
    expect(await refusal('CreateResourceServer', make('server-1'))).toEqual([
      'InvalidParameterException',
      expect.stringContaining('already exists'),
    ]);
    for (let index = 2; index <= 25; index++) {
      await cognito.cognito('CreateResourceServer', make(`server-${index}`));
    }
    expect((await refusal('CreateResourceServer', make('server-26')))[0]).toBe('LimitExceededException');

    const { body: first } = await cognito.cognito('ListResourceServers', { UserPoolId, MaxResults: 20 });
    const { body: rest } = await cognito.cognito('ListResourceServers', {
      UserPoolId,
      NextToken: first.NextToken,
    });
    const servers = [...first.ResourceServers, ...rest.ResourceServers] as { Identifier: string }[];
    const identifiers = servers.map((server) => server.Identifier);
    expect(identifiers).toEqual(Array.from({ length: 25 }, (_, index) => `server-${index + 1}`));
    expect(rest).not.toHaveProperty('NextToken');
  });
});
