import { verifyPassword } from '../../../../emulator/store/password';
import { type Emulator, startEmulator } from '../../support/seeded-emulator';

let emulator: Emulator;
let UserPoolId: string;
beforeAll(async () => {
  emulator = await startEmulator();
});
beforeEach(() => {
  UserPoolId = emulator.addPool();
});
afterAll(() => emulator.stop());

const password = 'Correct-horse-7';
const user = () => emulator.store.findUserPool(UserPoolId)!.users[0]!;
const call = (operation: string, input: object) => emulator.cognitoIdp(operation, { UserPoolId, ...input });

describe('a user', () => {
  it('is created with attributes and an id, but without a password', async () => {
    const { body } = await call('AdminCreateUser', {
      Username: 'ada',
      UserAttributes: [{ Name: 'email', Value: 'ada@example.com' }],
      MessageAction: 'SUPPRESS',
    });
    const sub = { Name: 'sub', Value: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    const described = {
      Username: 'ada',
      Enabled: true,
      UserStatus: 'FORCE_CHANGE_PASSWORD',
      UserCreateDate: expect.any(Number),
      UserLastModifiedDate: expect.any(Number),
    };
    const attributes = [sub, { Name: 'email', Value: 'ada@example.com' }];
    expect(body.User).toEqual({ ...described, Attributes: attributes });
    const { body: shown } = await call('AdminGetUser', { Username: 'ada' });
    expect(shown).toEqual({ ...described, UserAttributes: attributes });
    expect(user().password).toBeUndefined();
  });

  it.each([
    [true, 'CONFIRMED'],
    [false, 'FORCE_CHANGE_PASSWORD'],
  ])('has, after a password was set with Permanent=%s, the status %s', async (Permanent, status) => {
    await call('AdminCreateUser', { Username: 'ada', TemporaryPassword: 'Temporary-1' });
    expect(verifyPassword('Temporary-1', user().password)).toBe(true);
    const { body } = await call('AdminSetUserPassword', { Username: 'ada', Password: password, Permanent });
    expect(body).toEqual({});
    expect(verifyPassword(password, user().password)).toBe(true);
    expect(user().status).toBe(status);
    expect(JSON.stringify(user())).not.toContain(password);
  });

  it.each([
    ['Short-1', 'at least 8 characters'],
    ['CORRECT-HORSE-7', 'a lower-case letter'],
    ['correct-horse-7', 'an upper-case letter'],
    ['Correct-horse', 'a digit'],
    ['CorrectHorse7', 'a symbol'],
  ])('cannot get the password %s: it needs %s', async (Password, rule) => {
    await call('AdminCreateUser', { Username: 'ada' });
    const { body } = await call('AdminSetUserPassword', { Username: 'ada', Password });
    expect(body).toEqual({
      __type: 'InvalidPasswordException',
      message: `Password did not conform with policy: it needs ${rule}.`,
    });
    expect(user().password).toBeUndefined();
  });

  it('can get a password that the policy of its pool allows', async () => {
    const PasswordPolicy = { MinimumLength: 6 };
    await call('UpdateUserPool', { Policies: { PasswordPolicy } });
    await call('AdminCreateUser', { Username: 'ada' });
    const { status } = await call('AdminSetUserPassword', { Username: 'ada', Password: 'simple' });
    expect(status).toBe(200);
  });

  it.each([
    ['AdminCreateUser', { Username: 'ada' }, 'UsernameExistsException'],
    [
      'AdminCreateUser',
      { Username: 'bob', UserAttributes: [{ Name: 'sub', Value: 'x' }] },
      'InvalidParameterException',
    ],
    ['AdminCreateUser', { Username: 'with space' }, 'InvalidParameterException'],
    ['AdminGetUser', { Username: 'bob' }, 'UserNotFoundException'],
    ['AdminSetUserPassword', { Username: 'bob', Password: password }, 'UserNotFoundException'],
  ])('%s is refused for %j with %s', async (operation, input, type) => {
    await call('AdminCreateUser', { Username: 'ada' });
    const { status, body } = await call(operation, input);
    expect([status, body.__type]).toEqual([400, type]);
  });
});

describe('a user of a pool whose usernames are attributes', () => {
  const create = (Username: string) => call('AdminCreateUser', { Username });

  it('has its sub as username, and the given name as attribute', async () => {
    UserPoolId = emulator.addPool({ usernameAttributes: ['email', 'phone_number'] });
    for (const [name, attribute] of [
      ['ada@example.com', 'email'],
      ['+4930123456', 'phone_number'],
    ] as const) {
      const { body } = await create(name);
      const { Username, Attributes } = body.User;
      expect(Attributes).toEqual([
        { Name: 'sub', Value: Username },
        { Name: attribute, Value: name },
      ]);
      expect((await call('AdminGetUser', { Username: name })).body.Username).toBe(Username);
    }
  });

  it.each([
    [['email'], 'ada', 'Username should be an email.'],
    [['phone_number'], 'ada@example.com', 'Username should be a phone number.'],
    [['email', 'phone_number'], 'ada', 'Username should be either an email or a phone number.'],
  ] as const)(
    'is refused with the username attributes %j and the name %s',
    async (attributes, name, message) => {
      UserPoolId = emulator.addPool({ usernameAttributes: [...attributes] });
      expect((await create(name)).body).toEqual({ __type: 'InvalidParameterException', message });
    },
  );

  it('is refused when another user has the name, in any letter case where case does not matter', async () => {
    UserPoolId = emulator.addPool({ usernameAttributes: ['email'], usernameCaseSensitive: false });
    await create('ada@example.com');
    expect((await create('Ada@Example.com')).body).toEqual({
      __type: 'UsernameExistsException',
      message: 'An account with the given email already exists.',
    });
  });
});

describe('a user of a pool with aliases', () => {
  const create = (Username: string, input: object = {}, email_verified = 'true') =>
    call('AdminCreateUser', {
      Username,
      UserAttributes: [
        { Name: 'email', Value: 'shared@example.com' },
        { Name: 'email_verified', Value: email_verified },
      ],
      ...input,
    });
  const nameOf = async (Username: string) =>
    (await call('AdminGetUser', { Username })).body.Username as unknown;

  beforeEach(() => {
    UserPoolId = emulator.addPool({ aliasAttributes: ['email', 'preferred_username'] });
  });

  it('is found by username and by a verified alias', async () => {
    await create('ada');
    expect([await nameOf('ada'), await nameOf('shared@example.com')]).toEqual(['ada', 'ada']);
  });

  it('is not found by an unverified alias', async () => {
    await create('ada', {}, 'false');
    expect(await nameOf('shared@example.com')).toBeUndefined();
  });

  it('is refused when another user has the alias', async () => {
    await create('ada');
    expect((await create('bob', {}, 'false')).status).toBe(200);
    expect((await create('eve')).body).toEqual({
      __type: 'AliasExistsException',
      message: 'An account with the email already exists.',
    });
  });

  it('takes over the alias of another user with ForceAliasCreation', async () => {
    await create('ada');
    expect((await create('bob', { ForceAliasCreation: true })).status).toBe(200);
    expect(await nameOf('shared@example.com')).toBe('bob');
  });

  it('cannot take over a preferred_username', async () => {
    const UserAttributes = [{ Name: 'preferred_username', Value: 'countess' }];
    await create('ada', { UserAttributes });
    const { body } = await create('bob', { UserAttributes, ForceAliasCreation: true });
    expect(body.__type).toBe('AliasExistsException');
  });

  it('is refused with a username in the format of an alias', async () => {
    expect((await create('ada@example.com')).body).toEqual({
      __type: 'InvalidParameterException',
      message: 'Username cannot be of email format, since user pool is configured for email alias.',
    });
  });
});
