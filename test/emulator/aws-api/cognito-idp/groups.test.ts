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

const user = () => emulator.store.findUserPool(UserPoolId)!.users[0]!;
const call = (operation: string, input: object) => emulator.cognitoIdp(operation, { UserPoolId, ...input });

it('a user who is added to a group twice is in it once', async () => {
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
    const response = await call('AdminAddUserToGroup', { Username: 'ada', GroupName: 'staff' });
    expect([response.status, response.body]).toEqual([200, undefined]);
  }
  expect(user().groups).toEqual(['staff']);
});

it.each([
  ['AdminAddUserToGroup', { Username: 'bob', GroupName: 'staff' }, 'UserNotFoundException'],
  ['AdminAddUserToGroup', { Username: 'ada', GroupName: 'other' }, 'ResourceNotFoundException'],
  ['CreateGroup', { GroupName: 'staff' }, 'GroupExistsException'],
])('%s is refused for %j with %s', async (operation, input, type) => {
  await call('AdminCreateUser', { Username: 'ada' });
  await call('CreateGroup', { GroupName: 'staff' });
  const { status, body } = await call(operation, input);
  expect([status, body.__type]).toEqual([400, type]);
});
