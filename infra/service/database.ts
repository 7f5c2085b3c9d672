import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type ISecurityGroup, Port, SecurityGroup, SubnetType, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret as ContainerSecret } from 'aws-cdk-lib/aws-ecs';
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export interface DatabaseProps {
  readonly vpc: Vpc;
  readonly deletionProtection: boolean;
}

/** Aurora PostgreSQL Serverless v2 in two zones, reached over TLS only. */
export class Database extends Construct {
  readonly cluster: DatabaseCluster;
  /** The variables with which a container connects, as libpq names them. */
  readonly variables: Readonly<Record<string, ContainerSecret>>;

  constructor(scope: Construct, id: string, { vpc, deletionProtection }: DatabaseProps) {
    super(scope, id);

    const [writer, standby] = vpc.isolatedSubnets.map(({ availabilityZone }) => ({
      availabilityZone,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      // The template names a version, and RDS does not downgrade: README.md has the way to upgrade.
      autoMinorVersionUpgrade: false,
    }));
    this.cluster = new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_7 }),
      parameters: { 'rds.force_ssl': '1' },
      // The service polls the database every few seconds, so that a minimum of 0 would never pause.
      serverlessV2MinCapacity: 0.5,
      serverlessV2MaxCapacity: 4,
      writer: ClusterInstance.serverlessV2('Writer', writer),
      // A standby, not read from: it takes over within a minute if the writer or its zone fails.
      readers: [ClusterInstance.serverlessV2('Standby', { ...standby, scaleWithWriter: true })],
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [
        new SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Database', allowAllOutbound: false }),
      ],
      defaultDatabaseName: 'api',
      credentials: Credentials.fromGeneratedSecret('api'),
      storageEncrypted: true,
      backup: { retention: Duration.days(14) },
      copyTagsToSnapshot: true,
      cloudwatchLogsExports: ['postgresql'],
      cloudwatchLogsRetention: RetentionDays.THREE_MONTHS,
      monitoringInterval: Duration.minutes(1),
      deletionProtection,
      removalPolicy: RemovalPolicy.SNAPSHOT,
    });
    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions-RDS6',
      reason: 'The service uses the password from Secrets Manager.',
    });
    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions-RDS11',
      reason: 'Only tasks of the service can connect; another port would not hide it from them.',
    });
    acknowledgeRoles(this.cluster);
    if (!deletionProtection) {
      Validations.of(this.cluster).acknowledge({
        id: 'AwsSolutions-RDS10',
        reason: 'Switched off by the setting deletionProtection.',
      });
    }
    const { secret } = this.cluster;
    if (!secret) throw new Error('the cluster has no secret');
    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Tasks read the password when they start, so that a rotation must be followed by a deployment: README.md has the steps.',
    });
    this.variables = databaseVariables(secret);
  }

  /** Allows the members of a security group to connect. */
  allowFrom(securityGroup: ISecurityGroup): void {
    this.cluster.connections.allowFrom(securityGroup, Port.tcp(5432), 'PostgreSQL');
  }
}

/** Roles that the CDK creates for features of the cluster. */
function acknowledgeRoles(cluster: DatabaseCluster): void {
  const policy = 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/';
  Validations.of(cluster).acknowledge({
    id: `${policy}AmazonRDSEnhancedMonitoringRole]`,
    reason: 'What enhanced monitoring needs, by AWS itself.',
  });
  const logRetention = Stack.of(cluster)
    .node.findAll()
    .find(({ node }) => node.id.startsWith('LogRetentionaae0aa3c'));
  if (!logRetention) throw new Error('the function that sets the retention of logs was not found');
  Validations.of(logRetention).acknowledge({
    id: `${policy}AWSLambdaBasicExecutionRole]`,
    reason: 'The function writes its own log.',
  });
  Validations.of(logRetention).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: "It only sets the retention of log groups; that of RDS has the cluster's generated name.",
  });
}

function databaseVariables(secret: ISecret): Database['variables'] {
  const field = (name: string) => ContainerSecret.fromSecretsManager(secret, name);
  return {
    PGHOST: field('host'),
    PGPORT: field('port'),
    PGDATABASE: field('dbname'),
    PGUSER: field('username'),
    PGPASSWORD: field('password'),
  };
}
