import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';

/** Role that owns the schema; for migrations. */
export const MIGRATIONS_USER = 'api_migrations';

/** Role that reads and writes rows, and cannot change the schema; for the service. */
export const SERVICE_USER = 'api_service';

export interface DatabaseRolesProps {
  readonly cluster: DatabaseCluster;
  /** Of the master user, which nothing else uses. */
  readonly masterSecret: ISecret;
  /** Of the secret; without it a key of AWS encrypts it. */
  readonly encryptionKey: IKey | undefined;
  readonly databaseName: string;
}

/** Creates the roles of the database with `database-roles.sql`, through the Data API. */
export class DatabaseRoles extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseRolesProps) {
    super(scope, id);
    const { cluster, masterSecret, encryptionKey, databaseName } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const created = new AwsCustomResource(this, 'Created', {
      resourceType: 'Custom::DatabaseRoles',
      onUpdate: {
        service: 'rds-data',
        action: 'ExecuteStatement',
        parameters: {
          resourceArn: cluster.clusterArn,
          secretArn: masterSecret.secretArn,
          database: databaseName,
          sql: readFileSync(join(__dirname, 'database-roles.sql'), 'utf8'),
        },
        physicalResourceId: PhysicalResourceId.of('roles'),
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ actions: ['rds-data:ExecuteStatement'], resources: [cluster.clusterArn] }),
      ]),
      timeout: Duration.minutes(2),
      installLatestAwsSdk: false,
      logGroup,
      role,
    });
    masterSecret.grantRead(role);
    // The secret of the cluster does not know its key.
    encryptionKey?.grantDecrypt(role);
    // The cluster answers only when it has an instance.
    created.node.addDependency(cluster);
  }
}
