import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { type ApiService, TASK_SUBNETS } from '../api-service';
import type { Database } from '../database';
import type { MigrationProperties } from './run-migrations';

export interface MigrationsProps {
  readonly vpc: Vpc;
  readonly database: Database;
  readonly api: ApiService;
}

/**
 * Applies the migrations before the service gets a new task definition. If they fail, the deployment fails, and the
 * tasks of the previous version keep serving.
 *
 * A custom resource, because CloudFormation itself cannot wait for a task to end. It runs again with each revision of
 * the task definition, because the revision is one of its properties.
 */
export class Migrations extends Construct {
  constructor(scope: Construct, id: string, { vpc, database, api }: MigrationsProps) {
    super(scope, id);

    const runner = this.#createRunner(api);
    const providerLog = this.#createLog('Provider');
    const provider = new Provider(this, 'Provider', {
      onEventHandler: runner,
      logGroup: providerLog.logGroup,
      frameworkOnEventRole: providerLog.role,
    });
    Validations.of(providerLog.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::<MigrationsRunnerBEC0DDA9.Arn>:*]',
      reason: 'All versions of the one function.',
    });

    const { subnetIds, internetConnectivityEstablished } = vpc.selectSubnets(TASK_SUBNETS);
    const properties: MigrationProperties = {
      cluster: api.cluster.clusterName,
      taskDefinition: api.taskDefinition.taskDefinitionArn,
      container: api.container.containerName,
      subnets: subnetIds,
      securityGroups: [api.securityGroup.securityGroupId],
    };
    const migrated = new CustomResource(this, 'Migrated', {
      resourceType: 'Custom::Migrations',
      serviceToken: provider.serviceToken,
      serviceTimeout: Duration.minutes(15),
      properties: { ...properties },
    });
    // Everything that a task needs in order to start; the task definition includes its roles' policies.
    migrated.node.addDependency(
      database,
      api.taskDefinition,
      api.securityGroup,
      internetConnectivityEstablished,
    );
    api.service.node.addDependency(migrated);
  }

  #createRunner({ cluster, taskDefinition }: ApiService): LambdaFunction {
    const { role, logGroup } = this.#createLog('Runner');
    const stack = Stack.of(this);
    const onlyInCluster = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
    role.addToPolicy(
      new PolicyStatement({
        actions: ['ecs:RunTask'],
        // With the revision, the policy would change with every deployment, perhaps too late for it.
        resources: [
          stack.formatArn({
            service: 'ecs',
            resource: 'task-definition',
            resourceName: `${taskDefinition.family}:*`,
          }),
        ],
        conditions: onlyInCluster,
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['ecs:DescribeTasks'],
        resources: [
          stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster.clusterName}/*` }),
        ],
        conditions: onlyInCluster,
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [taskDefinition.taskRole.roleArn, taskDefinition.obtainExecutionRole().roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    );
    const ecs = 'Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>';
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[${ecs}:task-definition/${taskDefinition.family}:*]`,
      reason: 'Revisions of the one task definition.',
    });
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[${ecs}:task/<ApiCluster38154836>/*]`,
      reason: "Tasks of the one cluster; a task's id is not known in advance.",
    });

    return new LambdaFunction(this, 'Runner', {
      description: 'Runs migrations as a task and waits for its end',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromInline(compiled('run-migrations.ts')),
      timeout: Duration.minutes(14),
      role,
      logGroup,
    });
  }

  /** Creates a log group, and a function's role that may only write to it. */
  #createLog(name: string): { role: Role; logGroup: LogGroup } {
    const role = new Role(this, `${name}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new LogGroup(this, `${name}Log`, {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(role);
    return { role, logGroup };
  }
}

/** Compiles a TypeScript file of this folder to JavaScript, small enough for an inline function. */
function compiled(file: string): string {
  const source = readFileSync(join(__dirname, file), 'utf8');
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023, removeComments: true };
  return transpileModule(source, { compilerOptions }).outputText;
}
