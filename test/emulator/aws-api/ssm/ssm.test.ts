import { type Emulator, startEmulator } from '../../support/seeded-emulator';

const Name = '/cognito-resource-server/deployment';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

it('PutParameter creates a new version, which GetParameter returns', async () => {
  const { body: first } = await emulator.ssm('GetParameter', { Name });
  expect(first.Parameter).toEqual({
    ARN: `arn:aws:ssm:eu-central-1:000000000000:parameter${Name}`,
    DataType: 'text',
    LastModifiedDate: expect.any(Number),
    Name,
    Type: 'String',
    Value: expect.stringContaining('"userPoolId":"eu-central-1_Local0001"'),
    Version: 1,
  });
  const put = await emulator.ssm('PutParameter', { Name, Value: 'a,b', Overwrite: true });
  expect(put.body).toEqual({ Version: 2, Tier: 'Standard' });
  const { body: second } = await emulator.ssm('GetParameter', { Name, WithDecryption: true });
  expect(second.Parameter).toMatchObject({ Type: 'String', Value: 'a,b', Version: 2 });
});

it('GetParameter returns a version by its number, of the newest 100', async () => {
  const name = '/versions';
  await emulator.ssm('PutParameter', { Name: name, Value: '1', Type: 'String' });
  for (let version = 2; version <= 101; version++)
    await emulator.ssm('PutParameter', { Name: name, Value: String(version), Overwrite: true });
  for (const version of [2, 100, 101]) {
    const { body } = await emulator.ssm('GetParameter', { Name: `${name}:${version}` });
    expect(body.Parameter).toMatchObject({
      Name: name,
      Value: String(version),
      Version: version,
      Selector: `:${version}`,
    });
  }
  for (const version of [1, 102]) {
    const { body } = await emulator.ssm('GetParameter', { Name: `${name}:${version}` });
    expect(body).toEqual({
      __type: 'ParameterVersionNotFound',
      message: `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
    });
  }
});

it('a parameter exists in its own Region only', async () => {
  const { body } = await emulator.ssm('GetParameter', { Name }, 'eu-west-1');
  expect(body.__type).toBe('ParameterNotFound');
});

it.each([
  ['GetParameter', { Name: '/nothing' }, 'ParameterNotFound'],
  ['GetParameter', { Name: '/nothing:1' }, 'ParameterNotFound'],
  ['GetParameter', { Name: `${Name}:label` }, 'ValidationException'],
  ['PutParameter', { Name: `${Name}:1`, Value: 'x', Overwrite: true }, 'ValidationException'],
  ['PutParameter', { Name, Value: 'x' }, 'ParameterAlreadyExists'],
  ['PutParameter', { Name: '/new', Value: 'x' }, 'ValidationException'],
  ['PutParameter', { Name: '/new', Value: '', Type: 'String' }, 'ValidationException'],
  ['PutParameter', { Name: '/new', Value: 'x'.repeat(4097), Type: 'String' }, 'ValidationException'],
  ['PutParameter', { Name: 'no/first/slash', Value: 'x', Type: 'String' }, 'ValidationException'],
  ['PutParameter', { Name: '/new', Value: 'x', Type: 'String', KeyId: 'x' }, 'ValidationException'],
  ['DeleteParameter', { Name }, 'UnknownOperationException'],
])('%s is refused for %j with %s', async (operation, input, type) => {
  const { status, body } = await emulator.ssm(operation, input);
  expect([status, body.__type]).toEqual([400, type]);
});
