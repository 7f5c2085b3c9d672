import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { compileFunction } from 'node:vm';
import type { Template } from 'aws-cdk-lib/assertions';
import type * as handlers from '../../service/migrations/handlers';
import { only, resources, templates } from '../support/templates';

let service: Template;
beforeAll(() => {
  ({ service } = templates());
});

/** The functions' code is inline, the same for both. */
const code = () =>
  Object.values(resources(service, 'AWS::Lambda::Function')).find(({ Properties }) => Properties.Code.ZipFile)
    ?.Properties.Code.ZipFile;

/** The logical id of the only resource of a type. */
const idOf = (type: string) => Object.keys(resources(service, type))[0] ?? '';

test('run with every revision of the task definition, before the service gets it', () => {
  const { Properties } = only(service, 'Custom::Migrations');
  expect(Properties.taskDefinition).toEqual({ Ref: idOf('AWS::ECS::TaskDefinition') });
  expect(only(service, 'AWS::ECS::Service').DependsOn).toContain(idOf('Custom::Migrations'));
});

test('wait for the database, its roles and the permission to connect', () => {
  const [policyOfTask] =
    Object.entries(resources(service, 'AWS::IAM::Policy')).find(([id]) =>
      id.startsWith('MigrationsTaskRole'),
    ) ?? [];
  expect(only(service, 'Custom::Migrations').DependsOn).toEqual(
    expect.arrayContaining([
      ...Object.keys(resources(service, 'AWS::RDS::DBInstance')),
      idOf('Custom::DatabaseRoles'),
      policyOfTask,
    ]),
  );
});

test('are stopped before their function, their state machine and CloudFormation time out', () => {
  const stopAfter = Number(/LONGEST_MIGRATION_SECONDS = (\d+)/.exec(code())?.[1]);
  const definition = JSON.stringify(only(service, 'AWS::StepFunctions::StateMachine').Properties);
  const interval = Number(/IntervalSeconds\\*":(\d+)/.exec(definition)?.[1]);
  const attempts = Number(/MaxAttempts\\*":(\d+)/.exec(definition)?.[1]);
  expect(stopAfter).toBeLessThan(interval * attempts);
  expect(interval * attempts).toBeLessThan(
    Number(only(service, 'Custom::Migrations').Properties.ServiceTimeout),
  );
});

test('have functions that may run and stop them, and nothing else', () => {
  const actions = Object.values(resources(service, 'AWS::IAM::Policy'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action }) => Action)
    .filter((action: string) => action.startsWith('ecs:'));
  expect(actions.sort()).toEqual(['ecs:DescribeTasks', 'ecs:RunTask', 'ecs:StopTask']);
});

describe('the functions', () => {
  const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/cluster/1';
  const DEFINITION = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/api';
  let ecs: Server;
  let calls: { operation: string; input: Record<string, unknown> }[];
  let answers: { RunTask: object; DescribeTasks: object; StopTask: object };
  let functions: typeof handlers;

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
    const exported = {} as typeof handlers;
    // The code that AWS runs.
    const load = compileFunction(code(), ['exports', 'require']) as (
      exports: object,
      require: NodeJS.Require,
    ) => void;
    load(exported, createRequire(__filename));
    functions = exported;
  });

  afterAll(() => {
    ecs.closeAllConnections();
    ecs.close();
  });

  beforeEach(() => {
    calls = [];
    answers = {
      RunTask: { tasks: [{ taskArn: TASK }] },
      DescribeTasks: stopped({ exitCode: 0 }),
      StopTask: {},
    };
  });

  const stopped = (container: { exitCode?: number; reason?: string }, stoppedReason?: string) => ({
    tasks: [
      { taskArn: TASK, lastStatus: 'STOPPED', containers: [{ name: 'api', ...container }], stoppedReason },
    ],
  });

  const request = (RequestType: handlers.MigrationEvent['RequestType'], revision = 7) => ({
    RequestType,
    RequestId: '00000000-0000-4000-8000-000000000000',
    ResourceProperties: {
      cluster: 'cluster',
      taskDefinition: `${DEFINITION}:${revision}`,
      container: 'api',
      taskRole: 'arn:aws:iam::111122223333:role/migrations',
      databaseUser: 'api_migrations',
      subnets: ['subnet-1', 'subnet-2'],
      securityGroups: ['sg-1'],
    },
  });

  /** Waits for a task that was started some minutes ago. */
  const isComplete = (minutes = 0) =>
    functions.isComplete({
      ...request('Update'),
      Data: { taskArn: TASK, startedAt: new Date(Date.now() - minutes * 60_000).toISOString() },
    });

  test('run `migrate` once, in the private subnets', async () => {
    const { Data } = await functions.onEvent(request('Update'));
    expect(Data).toEqual({ taskArn: TASK, startedAt: expect.stringMatching(/^20\S+Z$/) });
    expect(calls).toEqual([
      {
        operation: 'RunTask',
        input: {
          cluster: 'cluster',
          taskDefinition: `${DEFINITION}:7`,
          launchType: 'FARGATE',
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: ['subnet-1', 'subnet-2'],
              securityGroups: ['sg-1'],
              assignPublicIp: 'DISABLED',
            },
          },
          overrides: {
            taskRoleArn: 'arn:aws:iam::111122223333:role/migrations',
            containerOverrides: [
              {
                name: 'api',
                command: ['migrate'],
                environment: [{ name: 'PGUSER', value: 'api_migrations' }],
              },
            ],
          },
          clientToken: '00000000-0000-4000-8000-000000000000',
        },
      },
    ]);
  });

  test('wait for the end of the task', async () => {
    answers.DescribeTasks = { tasks: [{ taskArn: TASK, lastStatus: 'RUNNING' }] };
    expect(await isComplete()).toEqual({ IsComplete: false });
    // ECS may not know a task that it has just started.
    answers.DescribeTasks = { tasks: [], failures: [{ reason: 'MISSING' }] };
    expect(await isComplete()).toEqual({ IsComplete: false });
    answers.DescribeTasks = stopped({ exitCode: 0 });
    expect(await isComplete()).toEqual({ IsComplete: true });
  });

  test('stop a task that takes too long, and fail', async () => {
    answers.DescribeTasks = { tasks: [{ taskArn: TASK, lastStatus: 'RUNNING' }] };
    expect(await isComplete(49)).toEqual({ IsComplete: false });
    const reason = 'the migrations took longer than 50 minutes and were stopped';
    await expect(isComplete(51)).rejects.toThrow(reason);
    expect(calls.at(-1)).toEqual({
      operation: 'StopTask',
      input: { cluster: 'cluster', task: TASK, reason },
    });
  });

  test('fail when the migrations do', async () => {
    answers.DescribeTasks = stopped({ exitCode: 1 }, 'Essential container in task exited');
    await expect(isComplete()).rejects.toThrow(/failed with exit code 1 \(Essential container/);
  });

  test('fail when the task stops before its container starts', async () => {
    answers.DescribeTasks = stopped({}, 'CannotPullContainerError');
    await expect(isComplete()).rejects.toThrow(/exit code none \(CannotPullContainerError\)/);
  });

  test('fail when ECS cannot start a task', async () => {
    answers.RunTask = { tasks: [], failures: [{ reason: 'RESOURCE:MEMORY' }] };
    await expect(functions.onEvent(request('Create'))).rejects.toThrow(
      'the migrations were not started: RESOURCE:MEMORY',
    );
  });

  test.each([
    [
      'a rollback',
      { ...request('Update', 7), OldResourceProperties: { taskDefinition: `${DEFINITION}:10` } },
    ],
    ['a deletion', request('Delete')],
  ])('run nothing during %s', async (_, event) => {
    const started = await functions.onEvent(event);
    expect(await functions.isComplete({ ...event, ...started })).toEqual({ IsComplete: true });
    expect(calls).toEqual([]);
  });

  test('run the migrations of a later revision', async () => {
    const OldResourceProperties = { taskDefinition: `${DEFINITION}:9` };
    await functions.onEvent({ ...request('Update', 10), OldResourceProperties });
    expect(calls).toHaveLength(1);
  });
});
