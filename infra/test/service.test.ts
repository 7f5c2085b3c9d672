import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { readConfig } from '../../src/config/config';
import { only, REQUIRED, resources, templates } from './deployed';

let identity: Template;
let service: Template;
beforeAll(() => {
  ({ identity, service } = templates());
});

const container = () => only(service, 'AWS::ECS::TaskDefinition').Properties.ContainerDefinitions[0];

/** Who is meant by the logical id of a security group. */
const MEMBERS = { Database: 'database', Api: 'tasks', LoadBalancer: 'load balancer' };

/** Every rule of the security groups, as `source ▶ destination port`. */
function rules(template: Template, direction: 'Ingress' | 'Egress'): string[] {
  const name = (id: string) => Object.entries(MEMBERS).find(([prefix]) => id.startsWith(prefix))?.[1] ?? id;
  const group = (reference: { 'Fn::GetAtt': [string, string] }) => name(reference['Fn::GetAtt'][0]);
  const inline = Object.entries(resources(template, 'AWS::EC2::SecurityGroup')).flatMap(
    ([id, { Properties }]) =>
      (Properties[`SecurityGroup${direction}`] ?? []).map((rule: object) => ({ ...rule, member: name(id) })),
  );
  const alone = Object.values(resources(template, `AWS::EC2::SecurityGroup${direction}`)).map(
    ({ Properties }) => ({ ...Properties, member: group(Properties.GroupId) }),
  );
  return [...inline, ...alone]
    .map((rule) => {
      const reference = rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId;
      const other = reference ? group(reference) : rule.CidrIp === '0.0.0.0/0' ? 'anybody' : rule.CidrIp;
      const ports = [...new Set([rule.FromPort, rule.ToPort])].join('-');
      return direction === 'Ingress'
        ? `${other} ▶ ${rule.member} ${ports}`
        : `${rule.member} ▶ ${other} ${ports}`;
    })
    .sort();
}

describe('the way in', () => {
  test('is HTTPS with TLS 1.2 or later; plain HTTP is redirected', () => {
    service.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 2);
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      DefaultActions: [Match.objectLike({ Type: 'forward' })],
    });
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: Match.objectLike({ Protocol: 'HTTPS', Port: '443' }) },
      ],
    });
  });

  test('drops invalid headers and logs each request to a bucket that is shut to the public', () => {
    const { LoadBalancerAttributes } = only(service, 'AWS::ElasticLoadBalancingV2::LoadBalancer').Properties;
    const [[bucket] = []] = Object.entries(resources(service, 'AWS::S3::Bucket'));
    expect(LoadBalancerAttributes).toEqual(
      expect.arrayContaining([
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
        { Key: 'access_logs.s3.enabled', Value: 'true' },
        { Key: 'access_logs.s3.bucket', Value: { Ref: bucket } },
      ]),
    );
    expect(only(service, 'AWS::S3::Bucket').Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  });

  test('leads to tasks that say they are ready', () => {
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      HealthCheckPath: '/readyz',
      Port: 3000,
      TargetType: 'ip',
    });
  });

  test('has the domain name in the hosted zone, and a certificate validated there, where one is given', () => {
    const { service } = templates({ domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABC' });
    service.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'api.example.com.',
      HostedZoneId: 'Z0123456789ABC',
      AliasTarget: Match.anyValue(),
    });
    service.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'api.example.com',
      DomainValidationOptions: [{ DomainName: 'api.example.com', HostedZoneId: 'Z0123456789ABC' }],
    });
  });

  test('leaves tokens to the service', () => {
    service.resourceCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', 0);
  });

  test('verifies access tokens of /api/ itself where it is asked to', () => {
    const { service } = templates({ ...REQUIRED, jwtValidation: 'true' });
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::ListenerRule', {
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/api/*'] } }],
      Actions: [
        {
          Order: 1,
          Type: 'jwt-validation',
          JwtValidationConfig: {
            Issuer: Match.anyValue(),
            JwksEndpoint: Match.anyValue(),
            AdditionalClaims: [{ Name: 'token_use', Format: 'single-string', Values: ['access'] }],
          },
        },
        Match.objectLike({ Order: 2, Type: 'forward' }),
      ],
    });
    expect(rules(service, 'Egress')).toContain('load balancer ▶ anybody 443');
  });
});

describe('the network', () => {
  test('lets in only what has to get in', () => {
    expect(rules(service, 'Ingress')).toEqual([
      'anybody ▶ load balancer 443',
      'anybody ▶ load balancer 80',
      'load balancer ▶ tasks 3000',
      'tasks ▶ database 5432',
    ]);
  });

  test('lets out only what has to get out', () => {
    expect(rules(service, 'Egress')).toEqual([
      // The CDK's way to say nothing at all.
      'database ▶ 255.255.255.255/32 252-86',
      'load balancer ▶ tasks 3000',
      'tasks ▶ anybody 443',
      'tasks ▶ database 5432',
    ]);
  });

  test('gives no task and no database a public address', () => {
    const { AssignPublicIp } = only(service, 'AWS::ECS::Service').Properties.NetworkConfiguration
      .AwsvpcConfiguration;
    expect(AssignPublicIp).toBe('DISABLED');
    service.allResourcesProperties('AWS::RDS::DBInstance', { PubliclyAccessible: false });
  });
});

describe('tasks', () => {
  test('cannot change what they run, and have no rights on the machine or in the account', () => {
    expect(container()).toMatchObject({
      ReadonlyRootFilesystem: true,
      User: 'node',
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    });
    const taskRole = only(service, 'AWS::ECS::TaskDefinition').Properties.TaskRoleArn['Fn::GetAtt'][0];
    expect(resources(service, 'AWS::IAM::Role')[taskRole]?.Properties).not.toHaveProperty(
      'ManagedPolicyArns',
    );
    expect(JSON.stringify(resources(service, 'AWS::IAM::Policy'))).not.toContain(`{"Ref":"${taskRole}"}`);
    expect(only(service, 'AWS::ECS::Service').Properties.EnableExecuteCommand).toBe(false);
  });

  test('run on ARM, at least two, in two zones', () => {
    service.hasResourceProperties('AWS::ECS::TaskDefinition', {
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    service.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2 });
    expect(
      only(service, 'AWS::ECS::Service').Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets,
    ).toHaveLength(2);
  });

  test('are scaled by processor use and by requests', () => {
    const metrics = Object.values(resources(service, 'AWS::ApplicationAutoScaling::ScalingPolicy')).map(
      ({ Properties }) =>
        Properties.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification
          .PredefinedMetricType,
    );
    expect(metrics.sort()).toEqual(['ALBRequestCountPerTarget', 'ECSServiceAverageCPUUtilization']);
  });

  test('of a new version replace the old only when they are ready, and give way when they never are', () => {
    service.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: Match.absent(),
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
    });
  });
});

describe('times', () => {
  const source = readFileSync(join(__dirname, '../../src/server.ts'), 'utf8');
  const milliseconds = (name: string) =>
    Number(new RegExp(`${name}: ([\\d_]+)`).exec(source)?.[1]?.replaceAll('_', ''));
  const attribute = (properties: { Key: string; Value: string }[], key: string) =>
    Number(properties.find(({ Key }) => Key === key)?.Value);

  test('the load balancer gives up idle connections before the service does', () => {
    const { LoadBalancerAttributes } = only(service, 'AWS::ElasticLoadBalancingV2::LoadBalancer').Properties;
    const idle = attribute(LoadBalancerAttributes, 'idle_timeout.timeout_seconds');
    expect(idle * 1000).toBeLessThan(milliseconds('keepAliveTimeout'));
  });

  test('a task that leaves has time for its longest request', () => {
    const { TargetGroupAttributes } = only(service, 'AWS::ElasticLoadBalancingV2::TargetGroup').Properties;
    const deregistration = attribute(TargetGroupAttributes, 'deregistration_delay.timeout_seconds');
    expect(deregistration * 1000).toBeGreaterThan(milliseconds('requestTimeout'));
  });

  test('the service stops before it is killed', () => {
    const { Environment, StopTimeout } = container();
    const value = (name: string) => Environment.find(({ Name }: { Name: string }) => Name === name)?.Value;
    const { shutdown } = readConfig({
      COGNITO_USER_POOL_ID: 'eu-central-1_AbCdEf123',
      COGNITO_CLIENT_IDS: 'none',
      RESOURCE_SERVER_IDENTIFIER: 'users',
      DATABASE_URL: 'postgres://localhost',
      SHUTDOWN_DELAY_SECONDS: value('SHUTDOWN_DELAY_SECONDS'),
      SHUTDOWN_GRACE_SECONDS: value('SHUTDOWN_GRACE_SECONDS'),
    });
    expect(shutdown.delaySeconds).toBeLessThan(shutdown.graceSeconds);
    expect(shutdown.graceSeconds).toBeLessThan(StopTimeout);
  });

  test('a health check ends before the next begins', () => {
    const { HealthCheckTimeoutSeconds, HealthCheckIntervalSeconds } = only(
      service,
      'AWS::ElasticLoadBalancingV2::TargetGroup',
    ).Properties;
    expect(HealthCheckTimeoutSeconds).toBeLessThan(HealthCheckIntervalSeconds);
  });
});

test('the database is encrypted, speaks TLS only, is kept and backed up, and has a standby in another zone', () => {
  service.hasResource('AWS::RDS::DBCluster', {
    DeletionPolicy: 'Snapshot',
    Properties: { StorageEncrypted: true, DeletionProtection: true, BackupRetentionPeriod: 14 },
  });
  service.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
    Parameters: { 'rds.force_ssl': '1' },
  });
  const zones = Object.values(resources(service, 'AWS::RDS::DBInstance')).map(
    ({ Properties }) => Properties.AvailabilityZone,
  );
  expect(zones).toEqual([0, 1].map((zone) => ({ 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] })));
});

test('no log is kept for ever', () => {
  service.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
});

describe('secrets', () => {
  /** Every text in a template, with the path to it. */
  function texts(value: unknown, path = ''): [path: string, text: string][] {
    if (typeof value === 'string') return [[path, value]];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, member]) => texts(member, `${path}/${name}`));
  }

  test('are resolved nowhere but in the password that the database is given', () => {
    const resolved = [identity, service]
      .flatMap((template) => texts(template.toJSON()))
      .filter(([, text]) => /resolve:(secretsmanager|ssm)|ClientSecret/.test(text))
      .map(([path]) => path.replace(/^\/Resources\/([a-zA-Z]+)\w+/, '$1'));
    expect(resolved).toEqual([expect.stringMatching(/^DatabaseCluster\/Properties\/MasterUserPassword\//)]);
  });

  test('reach a container by reference only', () => {
    expect(container().Environment.map(({ Name }: { Name: string }) => Name)).not.toContain('PGPASSWORD');
    expect(container().Secrets.map(({ Name }: { Name: string }) => Name)).toContain('PGPASSWORD');
  });

  test('are generated, not written down', () => {
    service.hasResourceProperties('AWS::SecretsManager::Secret', {
      SecretString: Match.absent(),
      GenerateSecretString: Match.objectLike({ PasswordLength: 30 }),
    });
  });
});

describe('roles', () => {
  interface Statement {
    Effect: string;
    Action: string | string[];
    Resource: unknown;
  }

  function statements(): Statement[] {
    const documents = [
      ...Object.values(resources(service, 'AWS::IAM::Policy')).map(
        ({ Properties }) => Properties.PolicyDocument,
      ),
      ...Object.values(resources(service, 'AWS::IAM::Role')).flatMap(({ Properties }) =>
        (Properties.Policies ?? []).map((policy: { PolicyDocument: unknown }) => policy.PolicyDocument),
      ),
    ];
    return documents.flatMap(({ Statement }) => Statement);
  }

  test('name every action', () => {
    const actions = statements().flatMap(({ Action }) => Action);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('name their resources, but for the one action that knows none', () => {
    const everything = statements().filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(everything.map(({ Action }) => Action)).toEqual(['ecr:GetAuthorizationToken']);
  });

  test('of AWS are only used to write logs', () => {
    const managed = Object.values(resources(service, 'AWS::IAM::Role')).flatMap(
      ({ Properties }) => Properties.ManagedPolicyArns ?? [],
    );
    expect(managed).toEqual([
      { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' },
    ]);
  });
});

test('onboarding finds what it has to know', () => {
  const parameters = Object.values(resources(service, 'AWS::SSM::Parameter')).map(
    ({ Properties }) => Properties,
  );
  const deployment = parameters.find(({ Name }) => Name === '/cognito-resource-server/deployment');
  const parts: unknown[] = deployment.Value['Fn::Join'][1];
  const value = parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
  expect(Object.keys(JSON.parse(value) as object).sort()).toEqual([
    'apiUrl',
    'cluster',
    'resourceServerIdentifier',
    'service',
    'tokenUrl',
    'userPoolId',
  ]);
});
