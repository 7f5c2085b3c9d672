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
