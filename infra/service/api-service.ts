import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType, type SubnetSelection, type Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AlarmBehavior,
  AlternateTarget,
  AvailabilityZoneRebalancing,
  AwsLogDriverMode,
  Capability,
  Cluster,
  type ContainerDefinition,
  ContainerInsights,
  CpuArchitecture,
  DeploymentStrategy,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  ListenerRuleConfiguration,
  LogDrivers,
  OperatingSystemFamily,
  type Secret,
} from 'aws-cdk-lib/aws-ecs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acceptFindings } from '../accepted-findings';
import type { Alarms } from './alarms';
import { COLLECTOR_MEMORY_MIB } from './collector';
import { imageInEcr, imageOfProject } from './image';
import type { LoadBalancer } from './load-balancer';

/** Where tasks run: subnets with a route to the internet but none from it. */
export const TASK_SUBNETS: SubnetSelection = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };

const TASK_MEMORY_MIB = 1024;

export interface ApiServiceProps {
  /** Name of the task definition's family. */
  readonly name: string;
  readonly vpc: Vpc;
  /** Environment variables of the service, by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Environment variables that ECS fetches when a task starts. */
  readonly secrets: Readonly<Record<string, Secret>>;
  /** In ECR, by digest; without it the image is built. */
  readonly image: string | undefined;
  /** Whether a new version gets a tenth of the requests first. */
  readonly canary: boolean;
}

/** The service's tasks, from the image of the Dockerfile. */
export class ApiService extends Construct {
  readonly cluster: Cluster;
  readonly securityGroup: SecurityGroup;
  readonly taskDefinition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly logGroup: LogGroup;
  readonly service: FargateService;

  constructor(scope: Construct, id: string, props: ApiServiceProps) {
    super(scope, id);
    const { name, vpc, canary } = props;

    this.cluster = new Cluster(this, 'Cluster', { vpc, containerInsightsV2: ContainerInsights.DISABLED });
    const measured =
      'ECS measures CPU and memory without it, the load balancer counts healthy tasks, and the service exports its own metrics.';
    acceptFindings(this.cluster, {
      'AwsSolutions-ECS4': measured,
      'cdk-validator-cfnguard::ecs_container_insights_enabled_check': measured,
    });
    this.logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.taskDefinition = new FargateTaskDefinition(this, 'Task', {
      family: name,
      cpu: 512,
      memoryLimitMiB: TASK_MEMORY_MIB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    this.container = this.#addContainer(props);
    acceptFindings(this.taskDefinition, {
      'AwsSolutions-ECS2':
        'None of them is a secret; those come from Secrets Manager. A change is a deployment, which can be rolled back.',
    });
    acceptFindings(this.taskDefinition, {
      'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken does not support resources.',
    });

    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Tasks',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'Keys of the user pool, AWS');

    this.service = new FargateService(this, 'Service', {
      cluster: this.cluster,
      taskDefinition: this.taskDefinition,
      vpcSubnets: TASK_SUBNETS,
      securityGroups: [this.securityGroup],
      assignPublicIp: false,
      enableExecuteCommand: false,
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      circuitBreaker: { rollback: true },
      ...(canary && {
        deploymentStrategy: DeploymentStrategy.CANARY,
        canaryConfiguration: { stepPercent: 10, stepBakeTime: Duration.minutes(5) },
        // Until then the tasks of the previous version are kept, and a rollback is immediate.
        bakeTime: Duration.minutes(5),
      }),
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      // Time for a new task to fetch the keys and connect to the database.
      healthCheckGracePeriod: Duration.seconds(60),
    });
    acceptFindings(this.service, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers]':
        'What ECS needs to shift requests between target groups, by AWS itself.',
    });
  }

  /** Registers the tasks with a load balancer and scales them with the load. */
  serve({ targetGroup, canary }: LoadBalancer): void {
    targetGroup.addTarget(
      this.service.loadBalancerTarget({
        containerName: this.container.containerName,
        containerPort: this.container.containerPort,
        ...(canary && {
          alternateTarget: new AlternateTarget('Canary', {
            alternateTargetGroup: canary.targetGroup,
            productionListener: ListenerRuleConfiguration.applicationListenerRule(canary.rule),
          }),
        }),
      }),
    );
    // The service has no desired count: a deployment would reset what scaling has done.
    const scaling = this.service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 });
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60 });
  }

  /** Returns to the previous version when an alarm of bad versions fires during a deployment. */
  rollBackOn(alarms: Alarms): void {
    this.service.enableDeploymentAlarms([...alarms.ofBadVersions], {
      behavior: AlarmBehavior.ROLLBACK_ON_ALARM,
    });
    this.service.node.addDependency(alarms);
  }

  #addContainer({ environment, secrets, image }: Pick<ApiServiceProps, 'environment' | 'secrets' | 'image'>) {
    const linuxParameters = new LinuxParameters(this, 'Linux');
    linuxParameters.dropCapabilities(Capability.ALL);
    return this.taskDefinition.addContainer('api', {
      image: image === undefined ? imageOfProject() : imageInEcr(this, image),
      environment: { ...environment },
      secrets: { ...secrets },
      memoryLimitMiB: TASK_MEMORY_MIB - COLLECTOR_MEMORY_MIB,
      portMappings: [{ containerPort: Number(environment['PORT']) }],
      readonlyRootFilesystem: true,
      user: 'node',
      linuxParameters,
      stopTimeout: Duration.seconds(30),
      logging: LogDrivers.awsLogs({
        logGroup: this.logGroup,
        streamPrefix: 'api',
        // The service writes log lines synchronously, so that it must not block on CloudWatch.
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(10),
      }),
    });
  }
}
