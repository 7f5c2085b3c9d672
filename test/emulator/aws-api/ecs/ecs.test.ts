import { until } from '../../../support/until';
import { type Emulator, startEmulator } from '../../support/seeded-emulator';

const Name = '/cognito-resource-server/client-ids';

describe('the service', () => {
  let emulator: Emulator;
  let started: { clientIds: string; finish: (ready: boolean) => void }[];
  beforeEach(async () => {
    started = [];
    emulator = await startEmulator({
      redeploy: (clientIds) => new Promise((resolve) => void started.push({ clientIds, finish: resolve })),
    });
  });
  afterEach(() => emulator.stop());

  const local = { cluster: 'local', service: 'local' };
  const update = () => emulator.ecs('UpdateService', { ...local, forceNewDeployment: true });
  async function describeService() {
    const { body } = await emulator.ecs('DescribeServices', { cluster: 'local', services: ['local'] });
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

  it('is redeployed for the app clients in the parameter, and completed once it is ready', async () => {
    expect(await states()).toEqual(['PRIMARY COMPLETED']);
    await emulator.ssm('PutParameter', { Name, Value: 'only-this-one', Overwrite: true });
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

  it('runs as before after a failed deployment, which an event reports', async () => {
    const [before] = (await describeService()).deployments;
    const { body } = await update();
    (await starting(1)).finish(false);
    await until('the rollback', async () => (await states()).length === 1);
    const { deployments, events } = await describeService();
    expect(deployments).toEqual([expect.objectContaining({ id: before!.id, rolloutState: 'COMPLETED' })]);
    expect(events[0]!.message).toContain(body.service.deployments[0].id);
  });

  it('runs one deployment at a time', async () => {
    await update();
    await update();
    const first = await starting(1);
    expect(await states()).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE IN_PROGRESS', 'ACTIVE COMPLETED']);
    first.finish(true);
    (await starting(2)).finish(true);
    await until('completion', async () => (await states()).length === 1);
  });

  it('is not redeployed without forceNewDeployment', async () => {
    expect((await emulator.ecs('UpdateService', local)).status).toBe(200);
    expect(await states()).toEqual(['PRIMARY COMPLETED']);
    expect(started).toEqual([]);
  });

  it('is found by its ARN too, and other services are missing', async () => {
    const services = ['arn:aws:ecs:eu-central-1:000000000000:service/local/local', 'other'];
    const { body } = await emulator.ecs('DescribeServices', { cluster: 'local', services });
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
    const { status, body } = await emulator.ecs('UpdateService', input, region);
    expect([status, body.__type]).toEqual([400, type]);
  });
});

it('an emulator without a runner has no service', async () => {
  const emulator = await startEmulator();
  const { body } = await emulator.ecs('DescribeServices', { cluster: 'local', services: ['local'] });
  await emulator.stop();
  expect(body.__type).toBe('ClusterNotFoundException');
});
