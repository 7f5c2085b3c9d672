import { matchesPassword } from '../../../../emulator/store/password';
import { type Cognito, startCognito } from '../../support/seeded-emulator';

let cognito: Cognito;
let UserPoolId: string;
beforeAll(async () => {
  cognito = await startCognito();
});
beforeEach(() => {
  UserPoolId = cognito.addPool();
});
afterAll(() => cognito.stop());

const password = 'Correct-horse-7';
const user = () => cognito.pools.find(UserPoolId)!.users[0]!;
const call = (operation: string, input: object) => cognito.cognito(operation, { UserPoolId, ...input });

describe('a user', () => {
  it('is made with attributes and an id, and has to be given a password', async () => {
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
  ])('with a password that is permanent (%s) is %s', async (Permanent, status) => {
    await call('AdminCreateUser', { Username: 'ada', TemporaryPassword: 'Temporary-1' });
    expect(matchesPassword('Temporary-1', user().password)).toBe(true);
    const { body } = await call('AdminSetUserPassword', { Username: 'ada', Password: password, Permanent });
    expect(body).toEqual({});
    expect(matchesPassword(password, user().password)).toBe(true);
    expect(user().status).toBe(status);
    expect(JSON.stringify(user())).not.toContain(password);
  });

  it.each([
    ['Short-1', 'at least 8 characters'],
    ['CORRECT-HORSE-7', 'a lower-case letter'],
    ['correct-horse-7', 'an upper-case letter'],
    ['Correct-horse', 'a digit'],
    ['CorrectHorse7', 'a symbol'],
  ])('does not get the password %s: it needs %s', async (Password, rule) => {
    await call('AdminCreateUser', { Username: 'ada' });
    const { body } = await call('AdminSetUserPassword', { Username: 'ada', Password });
    expect(body).toEqual({
      __type: 'InvalidPasswordException',
      message: `Password did not conform with policy: it needs ${rule}.`,
    });
    expect(user().password).toBeUndefined();
  });

  it('gets what the policy of the pool allows', async () => {
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
    ['AdminAddUserToGroup', { Username: 'bob', GroupName: 'staff' }, 'UserNotFoundException'],
    ['AdminAddUserToGroup', { Username: 'ada', GroupName: 'other' }, 'ResourceNotFoundException'],
    ['CreateGroup', { GroupName: 'staff' }, 'GroupExistsException'],
  ])('%s refuses %j with %s', async (operation, input, type) => {
    await call('AdminCreateUser', { Username: 'ada' });
    await call('CreateGroup', { GroupName: 'staff' });
    const { status, body } = await call(operation, input);
    expect([status, body.__type]).toEqual([400, type]);
  });
});

it('a user is in a group once, however often added', async () => {
  const { body } = await call('CreateGroup', { GroupName: 'staff', Description: 'Staff', Precedence: 1 });
  expect(body.Group).toEqual({
    GroupName: 'staff',
    UserPoolId,
    Description: 'Staff',
    Precedence: 1,
    CreationDate: expect.any(Number),
    LastModifiedDate: expect.any(Number),
  });
  await call('AdminCreateUser', { Username: 'ada' });
  for (let times = 0; times < 2; times++) {
    const answer = await call('AdminAddUserToGroup', { Username: 'ada', GroupName: 'staff' });
    expect([answer.status, answer.body]).toEqual([200, undefined]);
  }
  expect(user().groups).toEqual(['staff']);
});
