import { join } from 'node:path';
import { Duration, RemovalPolicy, Size, Validations } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType, type SubnetSelection, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  AvailabilityZoneRebalancing,
  AwsLogDriverMode,
  Capability,
  Cluster,
  type ContainerDefinition,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  type Secret,
} from 'aws-cdk-lib/aws-ecs';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const REPOSITORY = join(__dirname, '..');

/** Where tasks run: they reach the internet, and nobody reaches them from there. */
export const TASK_SUBNETS: SubnetSelection = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };

export interface ApiServiceProps {
  /** Of the task definition's family. */
  readonly name: string;
  readonly vpc: Vpc;
  /** Environment variables of the service, by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Those that ECS fetches when a task starts. */
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** The service's tasks, from the image that the Dockerfile makes. */
export class ApiService extends Construct {
  readonly cluster: Cluster;
  readonly securityGroup: SecurityGroup;
  readonly taskDefinition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly logGroup: LogGroup;
  readonly service: FargateService;

  constructor(scope: Construct, id: string, { name, vpc, environment, secrets }: ApiServiceProps) {
    super(scope, id);

    this.cluster = new Cluster(this, 'Cluster', { vpc, containerInsightsV2: ContainerInsights.DISABLED });
    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'Processor and memory are measured without it, the load balancer counts healthy tasks, and the service has metrics of its own.',
    });
    this.logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.taskDefinition = new FargateTaskDefinition(this, 'Task', {
      family: name,
      cpu: 512,
      memoryLimitMiB: 1024,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    this.container = this.#addContainer(environment, secrets);
    Validations.of(this.taskDefinition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason:
        'No secret among them; those come from Secrets Manager. A change should be a deployment, with its way back.',
    });
    Validations.of(this.taskDefinition).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken, which knows no resource.',
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
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      // From a task's start until the keys and the database are there.
      healthCheckGracePeriod: Duration.seconds(60),
    });
  }

  /** Puts the tasks behind a load balancer, as many of them as the load takes. */
  serve(targetGroup: ApplicationTargetGroup): void {
    this.service.attachToApplicationTargetGroup(targetGroup);
    // The service has no desired count of its own: a deployment would set it back.
    const scaling = this.service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 });
    scaling.scaleOnCpuUtilization('Processor', { targetUtilizationPercent: 60 });
    // A minute. At this rate requests of the usual kind use half of the processor time allowed above.
    scaling.scaleOnRequestCount('Requests', { targetGroup, requestsPerTarget: 24_000 });
  }

  #addContainer(environment: ApiServiceProps['environment'], secrets: ApiServiceProps['secrets']) {
    const linuxParameters = new LinuxParameters(this, 'Linux');
    linuxParameters.dropCapabilities(Capability.ALL);
    return this.taskDefinition.addContainer('api', {
      image: ContainerImage.fromAsset(REPOSITORY, { target: 'service', platform: Platform.LINUX_ARM64 }),
      environment: { ...environment },
      secrets: { ...secrets },
      portMappings: [{ containerPort: Number(environment['PORT']) }],
      readonlyRootFilesystem: true,
      user: 'node',
      linuxParameters,
      stopTimeout: Duration.seconds(30),
      logging: LogDrivers.awsLogs({
        logGroup: this.logGroup,
        streamPrefix: 'api',
        // The service waits until each line is written, and must not wait for CloudWatch.
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(10),
      }),
    });
  }
}
