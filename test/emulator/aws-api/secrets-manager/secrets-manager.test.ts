import { type Emulator, startEmulator } from '../../support/seeded-emulator';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

const get = (SecretId: string) => emulator.secretsManager('GetSecretValue', { SecretId });

it('a secret can be read by its name and ARN until it is deleted', async () => {
  const created = await emulator.secretsManager('CreateSecret', {
    Name: 'clients/one',
    SecretString: 'first',
  });
  const { ARN } = created.body;
  expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-central-1:000000000000:secret:clients\/one-[a-z0-9]{6}$/);
  expect(created.body).toEqual({ ARN, Name: 'clients/one', VersionId: expect.any(String) });
  for (const id of ['clients/one', ARN]) {
    expect((await get(id)).body).toEqual({
      ...created.body,
      CreatedDate: expect.any(Number),
      SecretString: 'first',
      VersionStages: ['AWSCURRENT'],
    });
  }
  const ClientRequestToken = '0123456789abcdef0123456789abcdef';
  const put = { SecretId: ARN, SecretString: 'second', ClientRequestToken };
  expect((await emulator.secretsManager('PutSecretValue', put)).body).toMatchObject({
    VersionId: ClientRequestToken,
  });
  expect((await get('clients/one')).body).toMatchObject({
    SecretString: 'second',
    VersionId: ClientRequestToken,
  });

  const deleted = await emulator.secretsManager('DeleteSecret', { SecretId: ARN, RecoveryWindowInDays: 7 });
  expect(deleted.body.DeletionDate - Date.now() / 1000).toBeCloseTo(7 * 86_400, -2);
  expect((await get(ARN)).body.__type).toBe('InvalidRequestException');
  const again = { Name: 'clients/one', SecretString: 'third' };
  expect((await emulator.secretsManager('CreateSecret', again)).body.__type).toBe('InvalidRequestException');
  await emulator.control('/clock', { skewSeconds: 8 * 86_400 });
  expect((await get(ARN)).body.__type).toBe('ResourceNotFoundException');
  expect((await emulator.secretsManager('CreateSecret', again)).status).toBe(200);
  await emulator.control('/clock', { skewSeconds: 0 });
});

it('a secret that is deleted without recovery is gone at once', async () => {
  const secret = { Name: 'clients/two', SecretString: 'x' };
  await emulator.secretsManager('CreateSecret', secret);
  const twice = await emulator.secretsManager('CreateSecret', secret);
  expect(twice.body.__type).toBe('ResourceExistsException');
  const input = { SecretId: 'clients/two', ForceDeleteWithoutRecovery: true };
  await emulator.secretsManager('DeleteSecret', input);
  expect((await get('clients/two')).body.__type).toBe('ResourceNotFoundException');
  expect((await emulator.secretsManager('CreateSecret', secret)).status).toBe(200);
});
