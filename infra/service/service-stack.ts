import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-ecs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { acceptFindings } from '../accepted-findings';
import { Alarms } from './alarms';
import { ApiService } from './api-service';
import { Collector, COLLECTOR_ENDPOINT } from './collector';
import { Dashboard } from './dashboard';
import { Database } from './database';
import { SERVICE_USER } from './database-roles';
import type { Identity } from '../identity/identity-stack';
import { LoadBalancer } from './load-balancer';
import { Migrations } from './migrations/migrations';
import type { Settings } from '../settings';

const PORT = 3000;
const METRICS_PORT = 9464;

/** An id that no client has: the service requires at least one. */
const NO_CLIENT = 'none';

/** The service: load balancer ▶ tasks ▶ database, with their alarms. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, identity: Identity, props: StackProps) {
    super(scope, id, props);

    const vpc = this.#createVpc();
    const database = new Database(this, 'Database', {
      vpc,
      deletionProtection: settings.deletionProtection,
      kmsKeyArn: settings.kmsKeyArn,
    });
    const api = new ApiService(this, 'Api', {
      name: settings.name,
      vpc,
      image: settings.image,
      canary: !settings.jwtValidation,
      environment: { ...environment(settings, identity), ...database.variables },
      secrets: this.#clientIds(settings),
    });
    database.allowFrom(api.securityGroup);
    database.cluster.grantConnect(api.taskDefinition.taskRole, SERVICE_USER);
    // In an account that has never used ECS the cluster may fail, until the service-linked role is there: better within a
    // minute than after the database.
    database.cluster.node.addDependency(api.cluster);
    new Collector(this, 'Collector', {
      name: settings.name,
      taskDefinition: api.taskDefinition,
      metricsPort: METRICS_PORT,
      logGroup: api.logGroup,
    });
    new Dashboard(this, 'Dashboard', { name: settings.name, logGroup: api.logGroup });
    new Migrations(this, 'Migrations', { vpc, database, api });
    const loadBalancer = new LoadBalancer(this, 'LoadBalancer', { vpc, settings, identity, port: PORT });
    api.serve(loadBalancer);
    const alarms = new Alarms(this, 'Alarms', {
      name: settings.name,
      loadBalancer,
      logGroup: api.logGroup,
      database: database.cluster,
      email: settings.alarmEmail,
    });
    api.rollBackOn(alarms);
    alarms.reportFailedDeployments(api.service);

    const apiUrl = `https://${settings.domainName}`;
    new StringParameter(this, 'Deployment', {
      parameterName: `/${settings.name}/deployment`,
      description: 'What the onboarding of clients needs to know about this deployment',
      stringValue: this.toJsonString({
        userPoolId: identity.userPoolId,
        resourceServerIdentifier: identity.resourceServerIdentifier,
        ...(identity.tokenUrl && { tokenUrl: identity.tokenUrl }),
        apiUrl,
        cluster: api.cluster.clusterName,
        service: api.service.serviceName,
      }),
    });
    new CfnOutput(this, 'ApiUrl', { value: apiUrl });
    new CfnOutput(this, 'LoadBalancerName', { value: loadBalancer.alb.loadBalancerDnsName });
    new CfnOutput(this, 'AlarmTopic', { value: alarms.topic.topicArn });
  }

  /** The list of clients that onboarding wrote, until it has been imported into the client registry. */
  #clientIds({ name, clientIdsImported }: Settings): Record<string, Secret> {
    if (clientIdsImported) return {};
    const parameter = new StringParameter(this, 'ClientIds', {
      parameterName: `/${name}/client-ids`,
      description: 'App clients that may call the API, comma-separated',
      // No client has this id. Onboarding writes the list, and CloudFormation overwrites it with this value whenever
      // anything of the resource changes, even a tag.
      stringValue: NO_CLIENT,
    });
    return { COGNITO_CLIENT_IDS: Secret.fromSsmParameter(parameter) };
  }

  #createVpc(): Vpc {
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      // One in each zone, so that the loss of a zone does not disconnect the other.
      natGateways: 2,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'tasks', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
        { name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      // Free, and used for the layers of images.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });
    acceptFindings(vpc, {
      'NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW':
        'The load balancer and the NAT gateways are on the internet.',
    });
    vpc.addFlowLog('Rejected', {
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(
        new LogGroup(this, 'FlowLog', {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      ),
    });
    return vpc;
  }
}

/** The service's configuration, except what ECS fetches when a task starts. */
function environment(settings: Settings, identity: Identity): Record<string, string> {
  return {
    PORT: String(PORT),
    COGNITO_USER_POOL_ID: identity.userPoolId,
    ...(settings.clientIdsImported && { COGNITO_CLIENT_IDS: identity.operatorClientId ?? NO_CLIENT }),
    COGNITO_ISSUER: identity.issuer,
    ...(identity.tokenUrl && { COGNITO_TOKEN_URL: identity.tokenUrl }),
    RESOURCE_SERVER_IDENTIFIER: identity.resourceServerIdentifier,
    PUBLIC_URL: `https://${settings.domainName}`,
    // Where the Dockerfile puts them.
    DATABASE_CA_FILE: '/app/rds-authorities.pem',
    TRUST_PROXY_HOPS: '1',
    METRICS_PORT: String(METRICS_PORT),
    OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR_ENDPOINT,
    OTEL_SERVICE_NAME: settings.name,
    SHUTDOWN_DELAY_SECONDS: '5',
    SHUTDOWN_GRACE_SECONDS: '25',
  };
}
