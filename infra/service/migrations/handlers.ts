import { DescribeTasksCommand, ECSClient, RunTaskCommand, StopTaskCommand } from '@aws-sdk/client-ecs';

/** Properties of the custom resource. CloudFormation passes every value as a string or a list of strings. */
export interface MigrationProperties {
  readonly cluster: string;
  /** ARN with the revision. */
  readonly taskDefinition: string;
  readonly container: string;
  /** Role of the task, and of the database that it logs in as. */
  readonly taskRole: string;
  readonly databaseUser: string;
  readonly subnets: string[];
  readonly securityGroups: string[];
}

/** The part of a custom resource request that is used here. */
export interface MigrationEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId: string;
  readonly ResourceProperties: MigrationProperties;
  readonly OldResourceProperties?: Pick<MigrationProperties, 'taskDefinition'>;
}

/** What `onEvent` passes to `isComplete`; nothing if there is no task to wait for. */
export interface StartedTask {
  readonly Data?: { readonly taskArn: string; readonly startedAt: string };
}

/** Then the task is stopped. Below the time-out of the custom resource, so that CloudFormation shows why. */
const LONGEST_MIGRATION_SECONDS = 3000;

/**
 * Starts the migrations of a task definition's image as a separate task.
 *
 * @throws Error if the task cannot be started
 */
export async function onEvent(event: MigrationEvent): Promise<StartedTask> {
  // Migrations only go forward: a rollback must not depend on the database.
  if (event.RequestType === 'Delete' || isRollback(event)) return {};
  const { cluster, taskDefinition, container, taskRole, databaseUser, subnets, securityGroups } =
    event.ResourceProperties;
  const { tasks, failures } = await new ECSClient().send(
    new RunTaskCommand({
      cluster,
      taskDefinition,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: 'DISABLED' } },
      overrides: {
        taskRoleArn: taskRole,
        containerOverrides: [
          { name: container, command: ['migrate'], environment: [{ name: 'PGUSER', value: databaseUser }] },
        ],
      },
      // A repeated request does not start a second task.
      clientToken: event.RequestId,
    }),
  );
  const taskArn = tasks?.[0]?.taskArn;
  if (!taskArn)
    throw new Error(`the migrations were not started: ${failures?.[0]?.reason ?? 'no reason given'}`);
  return { Data: { taskArn, startedAt: new Date().toISOString() } };
}

/**
 * Whether the migrations have ended. Called every few seconds.
 *
 * @throws Error if they failed, or took too long and were stopped
 */
export async function isComplete({
  ResourceProperties: { cluster, container },
  Data,
}: MigrationEvent & StartedTask): Promise<{ IsComplete: boolean }> {
  if (!Data) return { IsComplete: true };
  const { taskArn, startedAt } = Data;
  const ecs = new ECSClient();
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
  const task = tasks?.[0];
  if (task?.lastStatus !== 'STOPPED') {
    if (Date.now() - Date.parse(startedAt) < LONGEST_MIGRATION_SECONDS * 1000) return { IsComplete: false };
    const reason = `the migrations took longer than ${LONGEST_MIGRATION_SECONDS / 60} minutes and were stopped`;
    await ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason }));
    throw new Error(reason);
  }
  const { exitCode, reason } = task.containers?.find(({ name }) => name === container) ?? {};
  if (exitCode !== 0)
    throw new Error(
      `the migrations failed with exit code ${exitCode ?? 'none'} (${reason ?? task.stoppedReason ?? 'no reason given'}); ` +
        `the service's log has the output of ${taskArn}`,
    );
  return { IsComplete: true };
}

/** Whether CloudFormation returns to an earlier revision of the task definition. */
function isRollback({ ResourceProperties: now, OldResourceProperties: before }: MigrationEvent): boolean {
  const revision = (properties: Pick<MigrationProperties, 'taskDefinition'>) =>
    Number(properties.taskDefinition.split(':').at(-1));
  return before !== undefined && revision(now) < revision(before);
}
