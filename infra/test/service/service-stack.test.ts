import { Match, type Template } from 'aws-cdk-lib/assertions';
import { serviceSource, variables } from '../support/service';
import { only, REQUIRED, resources, templates } from '../support/templates';

let identity: Template;
let service: Template;
beforeAll(() => {
  ({ identity, service } = templates());
});

/** The attributes of the load balancer by name. */
function loadBalancerAttributes(template: Template): Record<string, unknown> {
  const { LoadBalancerAttributes } = only(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer').Properties;
  return Object.fromEntries(
    LoadBalancerAttributes.map(({ Key, Value }: { Key: string; Value: unknown }) => [Key, Value]),
  );
}

const container = () => only(service, 'AWS::ECS::TaskDefinition').Properties.ContainerDefinitions[0];

/** Prefix of a security group's logical id ▶ its member. */
const MEMBERS = { Database: 'database', Api: 'tasks', LoadBalancer: 'load balancer' };

/** Lists every rule of the security groups as `source ▶ destination port`. */
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
      const other = reference ? group(reference) : rule.CidrIp === '0.0.0.0/0' ? 'anyone' : rule.CidrIp;
      const ports = [...new Set([rule.FromPort, rule.ToPort])].join('-');
      return direction === 'Ingress'
        ? `${other} ▶ ${rule.member} ${ports}`
        : `${rule.member} ▶ ${other} ${ports}`;
    })
    .sort();
}

describe('the load balancer', () => {
  test('accepts HTTPS with TLS 1.2 or later, and redirects plain HTTP', () => {
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

  test('drops invalid headers, and logs requests to a private bucket', () => {
    const [bucket] = Object.keys(resources(service, 'AWS::S3::Bucket'));
    expect(loadBalancerAttributes(service)).toMatchObject({
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'access_logs.s3.enabled': 'true',
      'access_logs.s3.bucket': { Ref: bucket },
    });
    expect(only(service, 'AWS::S3::Bucket').Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  });

  test('cannot be deleted by mistake', () => {
    expect(loadBalancerAttributes(service)).toMatchObject({ 'deletion_protection.enabled': 'true' });
  });

  test('forwards to ready tasks', () => {
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      HealthCheckPath: '/readyz',
      Port: 3000,
      TargetType: 'ip',
    });
  });

  test('gets a record and a validated certificate in the hosted zone, if set', () => {
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

  test('does not verify tokens by default', () => {
    service.resourceCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', 0);
  });

  test('verifies access tokens for /api/ if set', () => {
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
    expect(rules(service, 'Egress')).toContain('load balancer ▶ anyone 443');
  });
});

describe('the network', () => {
  test('allows only the necessary inbound connections', () => {
    expect(rules(service, 'Ingress')).toEqual([
      'anyone ▶ load balancer 443',
      'anyone ▶ load balancer 80',
      'load balancer ▶ tasks 3000',
      'tasks ▶ database 5432',
    ]);
  });

  test('allows only the necessary outbound connections', () => {
    expect(rules(service, 'Egress')).toEqual([
      // The CDK's form of an empty list.
      'database ▶ 255.255.255.255/32 252-86',
      'load balancer ▶ tasks 3000',
      'tasks ▶ anyone 443',
      'tasks ▶ database 5432',
    ]);
  });

  test('gives tasks and database no public address', () => {
    const { AssignPublicIp } = only(service, 'AWS::ECS::Service').Properties.NetworkConfiguration
      .AwsvpcConfiguration;
    expect(AssignPublicIp).toBe('DISABLED');
    service.allResourcesProperties('AWS::RDS::DBInstance', { PubliclyAccessible: false });
  });
});

describe('tasks', () => {
  test('have a read-only file system, no capabilities and no permissions in the account', () => {
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

  test('run on ARM64, at least two, in two zones', () => {
    service.hasResourceProperties('AWS::ECS::TaskDefinition', {
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    service.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2 });
    expect(
      only(service, 'AWS::ECS::Service').Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets,
    ).toHaveLength(2);
  });

  test('scale with CPU use and with requests', () => {
    const metrics = Object.values(resources(service, 'AWS::ApplicationAutoScaling::ScalingPolicy')).map(
      ({ Properties }) =>
        Properties.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification
          .PredefinedMetricType,
    );
    expect(metrics.sort()).toEqual(['ALBRequestCountPerTarget', 'ECSServiceAverageCPUUtilization']);
  });

  test('are replaced only by ready tasks, with a rollback if none gets ready', () => {
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

describe('the first deployment', () => {
  test('creates the cluster before the database', () => {
    const [cluster] = Object.keys(resources(service, 'AWS::ECS::Cluster'));
    expect(only(service, 'AWS::RDS::DBCluster').DependsOn).toContain(cluster);
  });

  test('can be rolled back and deleted without deletion protection', () => {
    const { identity, service } = templates({ ...REQUIRED, deletionProtection: 'false' });
    identity.hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { DeletionProtection: 'INACTIVE' },
    });
    service.hasResourceProperties('AWS::RDS::DBCluster', { DeletionProtection: false });
    expect(loadBalancerAttributes(service)).toMatchObject({ 'deletion_protection.enabled': 'false' });
  });
});

describe('time-outs', () => {
  const source = serviceSource();
  const milliseconds = (name: string) =>
    Number(new RegExp(`${name}: ([\\d_]+)`).exec(source)?.[1]?.replaceAll('_', ''));
  const attribute = (properties: { Key: string; Value: string }[], key: string) =>
    Number(properties.find(({ Key }) => Key === key)?.Value);

  test('the load balancer closes idle connections before the service does', () => {
    const idle = loadBalancerAttributes(service)['idle_timeout.timeout_seconds'];
    expect(Number(idle) * 1000).toBeLessThan(milliseconds('keepAliveTimeout'));
  });

  test('a deregistered task has time for its longest request', () => {
    const { TargetGroupAttributes } = only(service, 'AWS::ElasticLoadBalancingV2::TargetGroup').Properties;
    const deregistration = attribute(TargetGroupAttributes, 'deregistration_delay.timeout_seconds');
    expect(deregistration * 1000).toBeGreaterThan(milliseconds('requestTimeout'));
  });

  test('the service stops before ECS kills it', () => {
    const { Environment, StopTimeout } = container();
    const value = (name: string) => Environment.find(({ Name }: { Name: string }) => Name === name)?.Value;
    const seconds = (name: 'SHUTDOWN_DELAY_SECONDS' | 'SHUTDOWN_GRACE_SECONDS') =>
      variables[name].parse(value(name));
    expect(seconds('SHUTDOWN_DELAY_SECONDS')).toBeLessThan(seconds('SHUTDOWN_GRACE_SECONDS'));
    expect(seconds('SHUTDOWN_GRACE_SECONDS')).toBeLessThan(StopTimeout);
  });

  test('a health check ends before the next one starts', () => {
    const { HealthCheckTimeoutSeconds, HealthCheckIntervalSeconds } = only(
      service,
      'AWS::ElasticLoadBalancingV2::TargetGroup',
    ).Properties;
    expect(HealthCheckTimeoutSeconds).toBeLessThan(HealthCheckIntervalSeconds);
  });
});

test('the database keeps its version, exports its log and is monitored', () => {
  service.allResourcesProperties('AWS::RDS::DBInstance', {
    AutoMinorVersionUpgrade: false,
    MonitoringInterval: 60,
  });
  service.hasResourceProperties('AWS::RDS::DBCluster', { EnableCloudwatchLogsExports: ['postgresql'] });
  service.hasResourceProperties('Custom::LogRetention', { RetentionInDays: 90 });
});

test('the database is encrypted, requires TLS, has backups, and a standby in another zone', () => {
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

test('every log expires', () => {
  service.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
});

describe('secrets', () => {
  /** Every string of a template with its path. */
  function texts(value: unknown, path = ''): [path: string, text: string][] {
    if (typeof value === 'string') return [[path, value]];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, member]) => texts(member, `${path}/${name}`));
  }

  test('are resolved only in the password of the database', () => {
    const resolved = [identity, service]
      .flatMap((template) => texts(template.toJSON()))
      .filter(([, text]) => /resolve:(secretsmanager|ssm)|ClientSecret/.test(text))
      .map(([path]) => path.replace(/^\/Resources\/([a-zA-Z]+)\w+/, '$1'));
    expect(resolved).toEqual([expect.stringMatching(/^DatabaseCluster\/Properties\/MasterUserPassword\//)]);
  });

  test('are passed to containers only by reference', () => {
    expect(container().Environment.map(({ Name }: { Name: string }) => Name)).not.toContain('PGPASSWORD');
    expect(container().Secrets.map(({ Name }: { Name: string }) => Name)).toContain('PGPASSWORD');
  });

  test('are generated', () => {
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

  test('name their resources, except where an action supports none or the CDK cannot know them', () => {
    const everything = statements().filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(everything.map(({ Action }) => Action)).toEqual([
      ['logs:DeleteRetentionPolicy', 'logs:PutRetentionPolicy'],
      'ecr:GetAuthorizationToken',
    ]);
  });

  test('use managed policies only for logs and monitoring', () => {
    const managed = Object.values(resources(service, 'AWS::IAM::Role')).flatMap(
      ({ Properties }) => Properties.ManagedPolicyArns ?? [],
    );
    const names = managed.map((policy: unknown) => /service-role\/(\w+)/.exec(JSON.stringify(policy))?.[1]);
    expect([...new Set(names)].sort()).toEqual([
      'AWSLambdaBasicExecutionRole',
      'AmazonRDSEnhancedMonitoringRole',
    ]);
  });
});

test('the deployment parameter has what onboarding needs', () => {
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
