import { DescribeTasksCommand, ECSClient, RunTaskCommand, waitUntilTasksStopped } from '@aws-sdk/client-ecs';

/** Properties of the custom resource. CloudFormation passes every value as a string or a list of strings. */
export interface MigrationProperties {
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly container: string;
  readonly subnets: string[];
  readonly securityGroups: string[];
}

/** The part of a custom resource request that is used here. */
export interface MigrationEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId: string;
  readonly ResourceProperties: MigrationProperties;
}

/** Below the function's own time-out, so that CloudFormation shows this error. */
const LONGEST_MIGRATION_SECONDS = 780;

/**
 * Runs the migrations of a task definition's image as a separate task, and waits for its end.
 *
 * @throws Error if the task cannot be started, takes too long, or ends with another exit code than 0
 */
export async function handler({ RequestType, RequestId, ResourceProperties }: MigrationEvent): Promise<void> {
  // Migrations only go forward.
  if (RequestType === 'Delete') return;
  const { cluster, taskDefinition, container, subnets, securityGroups } = ResourceProperties;
  const ecs = new ECSClient();
  const started = await ecs.send(
    new RunTaskCommand({
      cluster,
      taskDefinition,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: 'DISABLED' } },
      overrides: { containerOverrides: [{ name: container, command: ['migrate'] }] },
      // A repeated request does not start a second task.
      clientToken: RequestId,
    }),
  );
  const taskArn = started.tasks?.[0]?.taskArn;
  if (!taskArn)
    throw new Error(`the migrations were not started: ${started.failures?.[0]?.reason ?? 'no reason given'}`);

  const task = { cluster, tasks: [taskArn] };
  await waitUntilTasksStopped({ client: ecs, maxWaitTime: LONGEST_MIGRATION_SECONDS }, task);
  const [stopped] = (await ecs.send(new DescribeTasksCommand(task))).tasks ?? [];
  const { exitCode, reason } = stopped?.containers?.find(({ name }) => name === container) ?? {};
  if (exitCode !== 0)
    throw new Error(
      `the migrations failed with exit code ${exitCode ?? 'none'} (${reason ?? stopped?.stoppedReason ?? 'no reason given'}); ` +
        `the service's log has the output of ${taskArn}`,
    );
}
