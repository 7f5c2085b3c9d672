import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, Port, SecurityGroup, SubnetType, type Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acceptFindings, AWS_KEY, UNPROTECTED } from '../accepted-findings';
import { DatabaseRoles, SERVICE_USER } from './database-roles';

const DATABASE = 'api';
const PORT = 5432;
const ROTATION = 'Only the creation of the roles uses this password; tasks log in with IAM tokens.';

export interface DatabaseProps {
  readonly vpc: Vpc;
  readonly deletionProtection: boolean;
  /** Cannot be changed later: RDS would have to create another cluster. */
  readonly kmsKeyArn: string | undefined;
}

/** Aurora PostgreSQL Serverless v2 in two zones, reached over TLS only. */
export class Database extends Construct {
  readonly cluster: DatabaseCluster;
  /** The variables with which the service connects. */
  readonly variables: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { vpc, deletionProtection, kmsKeyArn }: DatabaseProps) {
    super(scope, id);

    const encryptionKey = kmsKeyArn ? Key.fromKeyArn(this, 'Key', kmsKeyArn) : undefined;

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
      defaultDatabaseName: DATABASE,
      iamAuthentication: true,
      enableDataApi: true,
      credentials: Credentials.fromGeneratedSecret('api', { encryptionKey }),
      storageEncrypted: true,
      storageEncryptionKey: encryptionKey,
      backup: { retention: Duration.days(14) },
      copyTagsToSnapshot: true,
      cloudwatchLogsExports: ['postgresql'],
      cloudwatchLogsRetention: RetentionDays.THREE_MONTHS,
      monitoringInterval: Duration.minutes(1),
      deletionProtection,
      removalPolicy: RemovalPolicy.SNAPSHOT,
    });
    acceptFindings(this.cluster, {
      'AwsSolutions-RDS11':
        'Only tasks of the service can connect; another port would not hide it from them.',
      'AwsSolutions-SMG4': ROTATION,
      'NIST.800.53.R5-SecretsManagerRotationEnabled': ROTATION,
      'NIST.800.53.R5-SecretsManagerUsingKMSKey': AWS_KEY,
      'NIST.800.53.R5-RDSInBackupPlan': 'Aurora backs up continuously, and keeps the backups for 14 days.',
      'cdk-validator-cfnguard::rds_instance_automatic_minor_version_upgrade_enabled_check':
        'The template names a version, and RDS does not downgrade.',
    });
    acceptRolesOfCdk(this.cluster);
    if (!deletionProtection) {
      acceptFindings(this.cluster, {
        'AwsSolutions-RDS10': UNPROTECTED,
        'NIST.800.53.R5-RDSInstanceDeletionProtectionEnabled': UNPROTECTED,
        'cdk-validator-cfnguard::rds_cluster_deletion_protection_enabled_check': UNPROTECTED,
      });
    }
    const { secret } = this.cluster;
    if (!secret) throw new Error('the cluster has no secret');
    new DatabaseRoles(this, 'Roles', {
      cluster: this.cluster,
      masterSecret: secret,
      encryptionKey,
      databaseName: DATABASE,
    });
    this.variables = {
      PGHOST: this.cluster.clusterEndpoint.hostname,
      PGPORT: String(PORT),
      PGDATABASE: DATABASE,
      PGUSER: SERVICE_USER,
      DATABASE_IAM_AUTH: 'true',
    };
  }

  /** Allows the members of a security group to connect. */
  allowFrom(securityGroup: ISecurityGroup): void {
    this.cluster.connections.allowFrom(securityGroup, Port.tcp(PORT), 'PostgreSQL');
  }
}

/** Findings in roles that the CDK creates for features of the cluster. */
function acceptRolesOfCdk(cluster: DatabaseCluster): void {
  const policy = 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/';
  acceptFindings(cluster, {
    [`${policy}AmazonRDSEnhancedMonitoringRole]`]: 'What enhanced monitoring needs, by AWS itself.',
  });
  const logRetention = Stack.of(cluster)
    .node.findAll()
    .find(({ node }) => node.id.startsWith('LogRetentionaae0aa3c'));
  if (!logRetention) throw new Error('the function that sets the retention of logs was not found');
  acceptFindings(logRetention, {
    [`${policy}AWSLambdaBasicExecutionRole]`]: 'The function writes its own log.',
    'AwsSolutions-IAM5[Resource::*]':
      "It only sets the retention of log groups; that of RDS has the cluster's generated name.",
  });
}
