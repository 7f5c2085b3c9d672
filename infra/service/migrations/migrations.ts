import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { acceptFindings } from '../../accepted-findings';
import { type ApiService, TASK_SUBNETS } from '../api-service';
import type { Database } from '../database';
import { MIGRATIONS_USER } from '../database-roles';
import type * as handlers from './handlers';
import type { MigrationProperties } from './handlers';

export interface MigrationsProps {
  readonly vpc: Vpc;
  readonly database: Database;
  readonly api: ApiService;
}

/**
 * Applies the migrations before the service gets a new task definition. If they fail or take longer than 50 minutes, the
 * deployment fails, and the tasks of the previous version keep serving. A rollback runs none.
 *
 * A custom resource, because CloudFormation itself cannot wait for a task to end. It runs again with each revision of
 * the task definition, because the revision is one of its properties.
 */
export class Migrations extends Construct {
  readonly #logGroup: LogGroup;

  constructor(scope: Construct, id: string, { vpc, database, api }: MigrationsProps) {
    super(scope, id);
    this.#logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const taskRole = new Role(this, 'TaskRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    database.cluster.grantConnect(taskRole, MIGRATIONS_USER);
    const provider = this.#createProvider(api, taskRole);
    const { subnetIds, internetConnectivityEstablished } = vpc.selectSubnets(TASK_SUBNETS);
    const properties: MigrationProperties = {
      cluster: api.cluster.clusterName,
      taskDefinition: api.taskDefinition.taskDefinitionArn,
      container: api.container.containerName,
      taskRole: taskRole.roleArn,
      databaseUser: MIGRATIONS_USER,
      subnets: subnetIds,
      securityGroups: [api.securityGroup.securityGroupId],
    };
    const migrated = new CustomResource(this, 'Migrated', {
      resourceType: 'Custom::Migrations',
      serviceToken: provider.serviceToken,
      serviceTimeout: Duration.minutes(60),
      properties: { ...properties },
    });
    // Everything that a task needs in order to start; the task definition includes its roles' policies.
    migrated.node.addDependency(
      database,
      taskRole,
      api.taskDefinition,
      api.securityGroup,
      internetConnectivityEstablished,
    );
    api.service.node.addDependency(migrated);
  }

  #createProvider({ cluster, taskDefinition }: ApiService, taskRole: Role): Provider {
    const starter = this.#createFunction('onEvent', 'Starts migrations as a task');
    const waiter = this.#createFunction(
      'isComplete',
      'Waits for migrations, and stops them if they take too long',
    );
    const stack = Stack.of(this);
    const onlyInCluster = { ArnEquals: { 'ecs:cluster': cluster.clusterArn } };
    const revisions = stack.formatArn({
      service: 'ecs',
      resource: 'task-definition',
      resourceName: `${taskDefinition.family}:*`,
    });
    const tasks = stack.formatArn({
      service: 'ecs',
      resource: 'task',
      resourceName: `${cluster.clusterName}/*`,
    });
    starter.role.addToPolicy(
      // With the revision, the policy would change with every deployment, perhaps too late for it.
      new PolicyStatement({ actions: ['ecs:RunTask'], resources: [revisions], conditions: onlyInCluster }),
    );
    starter.role.addToPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [taskRole.roleArn, taskDefinition.obtainExecutionRole().roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    );
    waiter.role.addToPolicy(
      new PolicyStatement({
        actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
        resources: [tasks],
        conditions: onlyInCluster,
      }),
    );
    const ecs = 'Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>';
    acceptFindings(starter.role, {
      [`AwsSolutions-IAM5[${ecs}:task-definition/${taskDefinition.family}:*]`]:
        'Revisions of the one task definition.',
    });
    acceptFindings(waiter.role, {
      [`AwsSolutions-IAM5[${ecs}:task/<ApiCluster38154836>/*]`]:
        "Tasks of the one cluster; a task's id is not known in advance.",
    });

    acceptFramework(this);
    return new Provider(this, 'Provider', {
      onEventHandler: starter.handler,
      isCompleteHandler: waiter.handler,
      queryInterval: Duration.seconds(5),
      totalTimeout: Duration.minutes(55),
      logGroup: this.#logGroup,
      frameworkOnEventRole: this.#createRole('FrameworkStart'),
      frameworkCompleteAndTimeoutRole: this.#createRole('FrameworkWait'),
    });
  }

  #createFunction(
    handler: keyof typeof handlers,
    description: string,
  ): { handler: LambdaFunction; role: Role } {
    const role = this.#createRole(handler);
    return {
      role,
      handler: new LambdaFunction(this, handler, {
        description,
        runtime: Runtime.NODEJS_24_X,
        architecture: Architecture.ARM_64,
        handler: `index.${handler}`,
        code: Code.fromInline(compiled('handlers.ts')),
        timeout: Duration.minutes(1),
        role,
        logGroup: this.#logGroup,
      }),
    };
  }

  /** Creates a function's role that may only write its log. */
  #createRole(name: string): Role {
    const role = new Role(this, `${name}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.#logGroup.grantWrite(role);
    return role;
  }
}

/** Findings in what the CDK's provider framework creates. */
function acceptFramework(migrations: Migrations): void {
  const functions = [
    'MigrationsonEvent91FB342E',
    'MigrationsisComplete4F56EC64',
    'MigrationsProviderframeworkisComplete2F81BAE0',
    'MigrationsProviderframeworkonTimeout4B1563F2',
  ];
  const versions = 'All versions of the one function.';
  const repetition = 'The state machine only repeats a call of a function, which has a log.';
  acceptFindings(migrations, {
    ...Object.fromEntries(functions.map((id) => [`AwsSolutions-IAM5[Resource::<${id}.Arn>:*]`, versions])),
    'AwsSolutions-SF1': repetition,
    'AwsSolutions-SF2': repetition,
    'cdk-validator-cfnguard::step_functions_state_machine_logging_enabled_check': repetition,
    'cdk-validator-cfnguard::step_functions_state_machine_tracing_enabled_check': repetition,
  });
}

/** Compiles a TypeScript file of this folder to JavaScript, small enough for an inline function. */
function compiled(file: string): string {
  const source = readFileSync(join(__dirname, file), 'utf8');
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023, removeComments: true };
  return transpileModule(source, { compilerOptions }).outputText;
}
