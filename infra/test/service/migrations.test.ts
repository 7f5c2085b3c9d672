import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { compileFunction } from 'node:vm';
import type { Template } from 'aws-cdk-lib/assertions';
import type { handler, MigrationEvent } from '../../service/migrations/run-migrations';
import { only, resources, templates } from '../support/templates';

let service: Template;
beforeAll(() => {
  ({ service } = templates());
});

/** The function that runs them; its code is inline. */
const runner = () =>
  Object.values(resources(service, 'AWS::Lambda::Function')).find(({ Properties }) => Properties.Code.ZipFile)
    ?.Properties;

/** The logical id of the only resource of a type. */
const idOf = (type: string) => Object.keys(resources(service, type))[0] ?? '';

test('run with every revision of the task definition, before the service gets it', () => {
  const { Properties } = only(service, 'Custom::Migrations');
  expect(Properties.taskDefinition).toEqual({ Ref: idOf('AWS::ECS::TaskDefinition') });
  expect(only(service, 'AWS::ECS::Service').DependsOn).toContain(idOf('Custom::Migrations'));
});

test("wait for the database, its secret and the task's permissions", () => {
  const policyOfTask = Object.entries(resources(service, 'AWS::IAM::Policy')).find(([, { Properties }]) =>
    JSON.stringify(Properties).includes('secretsmanager:GetSecretValue'),
  );
  expect(only(service, 'Custom::Migrations').DependsOn).toEqual(
    expect.arrayContaining([
      ...Object.keys(resources(service, 'AWS::RDS::DBInstance')),
      idOf('AWS::SecretsManager::SecretTargetAttachment'),
      policyOfTask?.[0],
    ]),
  );
});

test('time out before the function does, and that before CloudFormation', () => {
  const { Code, Timeout } = runner();
  const longest = Number(/LONGEST_MIGRATION_SECONDS = (\d+)/.exec(Code.ZipFile)?.[1]);
  expect(longest).toBeLessThan(Timeout);
  expect(Timeout).toBeLessThan(Number(only(service, 'Custom::Migrations').Properties.ServiceTimeout));
});

describe('the function', () => {
  const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/cluster/1';
  let ecs: Server;
  let calls: { operation: string; input: Record<string, unknown> }[];
  let answers: { RunTask: object; DescribeTasks: object };
  let run: typeof handler;

  beforeAll(async () => {
    ecs = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const operation = String(req.headers['x-amz-target']).split('.')[1] as keyof typeof answers;
        calls.push({ operation, input: JSON.parse(Buffer.concat(chunks).toString()) });
        res.setHeader('Content-Type', 'application/x-amz-json-1.1').end(JSON.stringify(answers[operation]));
      });
    });
    await new Promise<void>((resolve) => ecs.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_ECS: `http://127.0.0.1:${(ecs.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    const exported = {} as { handler: typeof handler };
    // The code that AWS runs.
    const load = compileFunction(runner().Code.ZipFile, ['exports', 'require']) as (
      exports: object,
      require: NodeJS.Require,
    ) => void;
    load(exported, createRequire(__filename));
    run = exported.handler;
  });

  afterAll(() => {
    ecs.closeAllConnections();
    ecs.close();
  });

  beforeEach(() => {
    calls = [];
    answers = { RunTask: { tasks: [{ taskArn: TASK }] }, DescribeTasks: stopped({ exitCode: 0 }) };
  });

  const stopped = (container: { exitCode?: number; reason?: string }, stoppedReason?: string) => ({
    tasks: [
      { taskArn: TASK, lastStatus: 'STOPPED', containers: [{ name: 'api', ...container }], stoppedReason },
    ],
  });

  const request = (RequestType: MigrationEvent['RequestType']): MigrationEvent => ({
    RequestType,
    RequestId: '00000000-0000-4000-8000-000000000000',
    ResourceProperties: {
      cluster: 'cluster',
      taskDefinition: 'task:7',
      container: 'api',
      subnets: ['subnet-1', 'subnet-2'],
      securityGroups: ['sg-1'],
    },
  });

  test('runs `migrate` once, in the private subnets, and waits for its end', async () => {
    await run(request('Update'));
    expect(calls.map(({ operation }) => operation)).toEqual(['RunTask', 'DescribeTasks', 'DescribeTasks']);
    expect(calls[0]?.input).toEqual({
      cluster: 'cluster',
      taskDefinition: 'task:7',
      launchType: 'FARGATE',
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ['subnet-1', 'subnet-2'],
          securityGroups: ['sg-1'],
          assignPublicIp: 'DISABLED',
        },
      },
      overrides: { containerOverrides: [{ name: 'api', command: ['migrate'] }] },
      clientToken: '00000000-0000-4000-8000-000000000000',
    });
  });

  test('fails when the migrations do', async () => {
    answers.DescribeTasks = stopped({ exitCode: 1 }, 'Essential container in task exited');
    await expect(run(request('Update'))).rejects.toThrow(/failed with exit code 1 \(Essential container/);
  });

  test('fails when the task stops before its container starts', async () => {
    answers.DescribeTasks = stopped({}, 'CannotPullContainerError');
    await expect(run(request('Create'))).rejects.toThrow(/exit code none \(CannotPullContainerError\)/);
  });

  test('fails when ECS cannot start a task', async () => {
    answers.RunTask = { tasks: [], failures: [{ reason: 'RESOURCE:MEMORY' }] };
    await expect(run(request('Create'))).rejects.toThrow('the migrations were not started: RESOURCE:MEMORY');
  });

  test('does nothing when the stack is deleted', async () => {
    await run(request('Delete'));
    expect(calls).toEqual([]);
  });
});
