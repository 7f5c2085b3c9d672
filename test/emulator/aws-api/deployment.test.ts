import { until } from '../../support/until';
import { type Cognito, startCognito } from '../support/seeded-emulator';

const Name = '/cognito-resource-server/client-ids';

describe('the Parameter Store', () => {
  let cognito: Cognito;
  beforeAll(async () => {
    cognito = await startCognito();
  });
  afterAll(() => cognito.stop());

  it('keeps versions apart, each in place of the one before', async () => {
    const { body: first } = await cognito.ssm('GetParameter', { Name });
    expect(first.Parameter).toEqual({
      ARN: `arn:aws:ssm:eu-central-1:000000000000:parameter${Name}`,
      DataType: 'text',
      LastModifiedDate: expect.any(Number),
      Name,
      Type: 'String',
      Value: expect.stringMatching(/^[a-z0-9]{26},[a-z0-9]{26}$/),
      Version: 1,
    });
    const put = await cognito.ssm('PutParameter', { Name, Value: 'a,b', Overwrite: true });
    expect(put.body).toEqual({ Version: 2, Tier: 'Standard' });
    const { body: second } = await cognito.ssm('GetParameter', { Name, WithDecryption: true });
    expect(second.Parameter).toMatchObject({ Type: 'String', Value: 'a,b', Version: 2 });
  });

  it('has parameters of its own in each Region', async () => {
    const { body } = await cognito.ssm('GetParameter', { Name }, 'eu-west-1');
    expect(body.__type).toBe('ParameterNotFound');
  });

  it.each([
    ['GetParameter', { Name: '/nothing' }, 'ParameterNotFound'],
    ['PutParameter', { Name, Value: 'x' }, 'ParameterAlreadyExists'],
    ['PutParameter', { Name: '/new', Value: 'x' }, 'ValidationException'],
    ['PutParameter', { Name: '/new', Value: '', Type: 'String' }, 'ValidationException'],
    ['PutParameter', { Name: '/new', Value: 'x'.repeat(4097), Type: 'String' }, 'ValidationException'],
    ['PutParameter', { Name: 'no/first/slash', Value: 'x', Type: 'String' }, 'ValidationException'],
    ['PutParameter', { Name: '/new', Value: 'x', Type: 'String', KeyId: 'x' }, 'ValidationException'],
    ['DeleteParameter', { Name }, 'UnknownOperationException'],
  ])('%s refuses %j with %s', async (operation, input, type) => {
    const { status, body } = await cognito.ssm(operation, input);
    expect([status, body.__type]).toEqual([400, type]);
  });
});

describe('the Secrets Manager', () => {
  let cognito: Cognito;
  beforeAll(async () => {
    cognito = await startCognito();
  });
  afterAll(() => cognito.stop());

  const get = (SecretId: string) => cognito.secretsManager('GetSecretValue', { SecretId });

  it('keeps a secret under its name and ARN, until it is deleted', async () => {
    const made = await cognito.secretsManager('CreateSecret', { Name: 'clients/one', SecretString: 'first' });
    const { ARN } = made.body;
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-central-1:000000000000:secret:clients\/one-[a-z0-9]{6}$/);
    expect(made.body).toEqual({ ARN, Name: 'clients/one', VersionId: expect.any(String) });
    for (const id of ['clients/one', ARN]) {
      expect((await get(id)).body).toEqual({
        ...made.body,
        CreatedDate: expect.any(Number),
        SecretString: 'first',
        VersionStages: ['AWSCURRENT'],
      });
    }
    const ClientRequestToken = '0123456789abcdef0123456789abcdef';
    const put = { SecretId: ARN, SecretString: 'second', ClientRequestToken };
    expect((await cognito.secretsManager('PutSecretValue', put)).body).toMatchObject({
      VersionId: ClientRequestToken,
    });
    expect((await get('clients/one')).body).toMatchObject({
      SecretString: 'second',
      VersionId: ClientRequestToken,
    });

    const deleted = await cognito.secretsManager('DeleteSecret', { SecretId: ARN, RecoveryWindowInDays: 7 });
    expect(deleted.body.DeletionDate - Date.now() / 1000).toBeCloseTo(7 * 86_400, -2);
    expect((await get(ARN)).body.__type).toBe('InvalidRequestException');
    const again = { Name: 'clients/one', SecretString: 'third' };
    expect((await cognito.secretsManager('CreateSecret', again)).body.__type).toBe('InvalidRequestException');
    await cognito.control('/clock', { skewSeconds: 8 * 86_400 });
    expect((await get(ARN)).body.__type).toBe('ResourceNotFoundException');
    expect((await cognito.secretsManager('CreateSecret', again)).status).toBe(200);
    await cognito.control('/clock', { skewSeconds: 0 });
  });

  it('forgets at once what is deleted without recovery', async () => {
    const secret = { Name: 'clients/two', SecretString: 'x' };
    await cognito.secretsManager('CreateSecret', secret);
    const twice = await cognito.secretsManager('CreateSecret', secret);
    expect(twice.body.__type).toBe('ResourceExistsException');
    const input = { SecretId: 'clients/two', ForceDeleteWithoutRecovery: true };
    await cognito.secretsManager('DeleteSecret', input);
    expect((await get('clients/two')).body.__type).toBe('ResourceNotFoundException');
    expect((await cognito.secretsManager('CreateSecret', secret)).status).toBe(200);
  });
});

describe('the service', () => {
  let cognito: Cognito;
  let started: { clientIds: string; finish: (ready: boolean) => void }[];
  beforeEach(async () => {
    started = [];
    cognito = await startCognito({
      redeploy: (clientIds) => new Promise((resolve) => void started.push({ clientIds, finish: resolve })),
    });
  });
  afterEach(() => cognito.stop());

  const local = { cluster: 'local', service: 'local' };
  const update = () => cognito.ecs('UpdateService', { ...local, forceNewDeployment: true });
  async function describeService() {
    const { body } = await cognito.ecs('DescribeServices', { cluster: 'local', services: ['local'] });
    return body.services[0] as {
      runningCount: number;
      deployments: { id: string; status: string; rolloutState: string }[];
      events: { message: string }[];
    };
  }
  const states = async () =>
    (await describeService()).deployments.map(({ status, rolloutState }) => `${status} ${rolloutState}`);
  const starting = (count: number) =>
    until(`start ${count}`, () => started.length === count && started[count - 1]);

  it('is rolled out anew for the app clients of the parameter, and stable when it is ready', async () => {
    expect(await states()).toEqual(['PRIMARY COMPLETED']);
    await cognito.ssm('PutParameter', { Name, Value: 'only-this-one', Overwrite: true });
    const { body } = await update();
    expect(body.service).toMatchObject({
      serviceName: 'local',
      serviceArn: 'arn:aws:ecs:eu-central-1:000000000000:service/local/local',
      status: 'ACTIVE',
      desiredCount: 1,
      runningCount: 0,
    });
    expect(await states()).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
    const { clientIds, finish } = await starting(1);
    expect(clientIds).toBe('only-this-one');
    finish(true);
    await until('completion', async () => (await states()).length === 1);
    expect(await describeService()).toMatchObject({
      runningCount: 1,
      deployments: [{ id: body.service.deployments[0].id, status: 'PRIMARY', rolloutState: 'COMPLETED' }],
    });
  });

  it('is as before after a deployment that failed, which an event tells', async () => {
    const [before] = (await describeService()).deployments;
    const { body } = await update();
    (await starting(1)).finish(false);
    await until('the way back', async () => (await states()).length === 1);
    const { deployments, events } = await describeService();
    expect(deployments).toEqual([expect.objectContaining({ id: before!.id, rolloutState: 'COMPLETED' })]);
    expect(events[0]!.message).toContain(body.service.deployments[0].id);
  });

  it('is started once at a time, however often that is asked for', async () => {
    await update();
    await update();
    const first = await starting(1);
    expect(await states()).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE IN_PROGRESS', 'ACTIVE COMPLETED']);
    first.finish(true);
    (await starting(2)).finish(true);
    await until('completion', async () => (await states()).length === 1);
  });

  it('is not started without being forced', async () => {
    expect((await cognito.ecs('UpdateService', local)).status).toBe(200);
    expect(await states()).toEqual(['PRIMARY COMPLETED']);
    expect(started).toEqual([]);
  });

  it('is found by its ARN too, and others are missing', async () => {
    const services = ['arn:aws:ecs:eu-central-1:000000000000:service/local/local', 'other'];
    const { body } = await cognito.ecs('DescribeServices', { cluster: 'local', services });
    expect(body).toMatchObject({
      services: [{ serviceName: 'local' }],
      failures: [{ arn: 'arn:aws:ecs:eu-central-1:000000000000:service/local/other', reason: 'MISSING' }],
    });
  });

  it.each([
    ['of another name', { ...local, service: 'other' }, 'eu-central-1', 'ServiceNotFoundException'],
    ['of another cluster', { ...local, cluster: 'other' }, 'eu-central-1', 'ClusterNotFoundException'],
    ['of no cluster', { service: 'local' }, 'eu-central-1', 'ClusterNotFoundException'],
    ['in another Region', local, 'eu-west-1', 'ClusterNotFoundException'],
    ['with other members', { ...local, desiredCount: 2 }, 'eu-central-1', 'InvalidParameterException'],
  ])('%s is refused', async (_which, input, region, type) => {
    const { status, body } = await cognito.ecs('UpdateService', input, region);
    expect([status, body.__type]).toEqual([400, type]);
  });
});

it('a stand-in on its own has no service', async () => {
  const cognito = await startCognito();
  const { body } = await cognito.ecs('DescribeServices', { cluster: 'local', services: ['local'] });
  await cognito.stop();
  expect(body.__type).toBe('ClusterNotFoundException');
});
