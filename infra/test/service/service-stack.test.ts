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

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** The statements of the policies of a role. */
function statementsOf(roleId: string): Statement[] {
  return Object.values(resources(service, 'AWS::IAM::Policy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(`"Ref":"${roleId}"`))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

const actionsOf = (roleId: string) => statementsOf(roleId).flatMap(({ Action }) => Action);

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
    service.allResourcesProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
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
    expect(JSON.stringify(service.toJSON())).not.toContain('jwt-validation');
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
  test('have a read-only file system, no capabilities, and may only connect to the database and send metrics and traces', () => {
    expect(container()).toMatchObject({
      ReadonlyRootFilesystem: true,
      User: 'node',
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    });
    const taskRole = only(service, 'AWS::ECS::TaskDefinition').Properties.TaskRoleArn['Fn::GetAtt'][0];
    expect(resources(service, 'AWS::IAM::Role')[taskRole]?.Properties).not.toHaveProperty(
      'ManagedPolicyArns',
    );
    expect(actionsOf(taskRole)).toEqual([
      'rds-db:connect',
      'logs:CreateLogStream',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
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

  test('scale with CPU use', () => {
    service.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: Match.objectLike({
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      }),
    });
    service.hasResourceProperties('AWS::ECS::Service', { DesiredCount: Match.absent() });
  });
});

describe('a new version', () => {
  const configuration = (template: Template) =>
    only(template, 'AWS::ECS::Service').Properties.DeploymentConfiguration;

  test('gets a tenth of the requests first, and the old tasks stay until it has all for five minutes', () => {
    expect(configuration(service)).toMatchObject({
      Strategy: 'CANARY',
      CanaryConfiguration: { CanaryPercent: 10, CanaryBakeTimeInMinutes: 5 },
      BakeTimeInMinutes: 5,
    });
  });

  test('is rolled back if its tasks do not get ready, or an alarm of the requests fires', () => {
    const { DeploymentCircuitBreaker, Alarms } = configuration(service);
    expect(DeploymentCircuitBreaker).toEqual({ Enable: true, Rollback: true });
    expect(Alarms).toMatchObject({ Enable: true, Rollback: true });
    const alarms = Object.values(resources(service, 'AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmName,
    );
    expect(Alarms.AlarmNames).toEqual(
      ['ApiErrors', 'LoadBalancerErrors', 'ApiSlow', 'ApiTaskNotReady'].map(
        (name) => `cognito-resource-server-${name}`,
      ),
    );
    expect(alarms).toEqual(expect.arrayContaining(Alarms.AlarmNames));
  });

  test('is shifted to by one rule that matches every request and forwards to both target groups', () => {
    const [{ TargetGroupArn, AdvancedConfiguration }] = only(service, 'AWS::ECS::Service').Properties
      .LoadBalancers;
    const [ruleId = '', rule] =
      Object.entries(resources(service, 'AWS::ElasticLoadBalancingV2::ListenerRule'))[0] ?? [];
    expect(AdvancedConfiguration.ProductionListenerRule).toEqual({ Ref: ruleId });
    expect(rule?.Properties.Conditions).toEqual([
      { Field: 'path-pattern', PathPatternConfig: { Values: ['*'] } },
    ]);
    expect(rule?.Properties.Actions[0].ForwardConfig.TargetGroups).toEqual([
      { TargetGroupArn, Weight: 100 },
      { TargetGroupArn: AdvancedConfiguration.AlternateTargetGroupArn, Weight: 0 },
    ]);
  });

  test('replaces the old tasks a few at a time where the load balancer verifies tokens', () => {
    const { service } = templates({ ...REQUIRED, jwtValidation: 'true' });
    const { Strategy, MinimumHealthyPercent, MaximumPercent, Alarms } = configuration(service);
    expect({ Strategy, MinimumHealthyPercent, MaximumPercent }).toEqual({
      Strategy: undefined,
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
    });
    expect(Alarms.Rollback).toBe(true);
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
  const targetGroups = () => Object.values(resources(service, 'AWS::ElasticLoadBalancingV2::TargetGroup'));
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
    for (const { Properties } of targetGroups()) {
      const deregistration = attribute(
        Properties.TargetGroupAttributes,
        'deregistration_delay.timeout_seconds',
      );
      expect(deregistration * 1000).toBeGreaterThan(milliseconds('requestTimeout'));
    }
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
    for (const { Properties } of targetGroups())
      expect(Properties.HealthCheckTimeoutSeconds).toBeLessThan(Properties.HealthCheckIntervalSeconds);
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

test('a KMS key encrypts database, secret and user pool, if set', () => {
  const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef';
  const { identity, service } = templates({ ...REQUIRED, kmsKeyArn });
  service.hasResourceProperties('AWS::RDS::DBCluster', { KmsKeyId: kmsKeyArn });
  service.hasResourceProperties('AWS::SecretsManager::Secret', { KmsKeyId: kmsKeyArn });
  identity.hasResourceProperties('AWS::Cognito::UserPool', {
    KeyConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn: kmsKeyArn },
  });
  // What creates the roles of the database reads the secret.
  service.hasResourceProperties('AWS::IAM::Policy', {
    PolicyName: Match.stringLikeRegexp('^DatabaseRoles'),
    PolicyDocument: {
      Statement: Match.arrayWith([{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: kmsKeyArn }]),
    },
  });
});

test('every log expires', () => {
  service.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
});

describe('the roles of the database', () => {
  /** The database user that a role may connect as. */
  const userOf = (roleId: string) => {
    const [statement] = statementsOf(roleId).filter(({ Action }) => Action === 'rds-db:connect');
    return /dbuser:.*\/(\w+)"/.exec(JSON.stringify(statement?.Resource))?.[1];
  };

  test('are created by the master user through the Data API, before anything connects', () => {
    service.hasResourceProperties('AWS::RDS::DBCluster', {
      EnableHttpEndpoint: true,
      EnableIAMDatabaseAuthentication: true,
    });
    const { Properties, DependsOn } = only(service, 'Custom::DatabaseRoles');
    expect(JSON.stringify(Properties.Update)).toContain('CREATE ROLE api_owner NOLOGIN');
    expect(DependsOn).toEqual(
      expect.arrayContaining(Object.keys(resources(service, 'AWS::RDS::DBInstance'))),
    );
  });

  test('are one for the service and another for migrations, each with a role of its own in AWS', () => {
    const taskRole = only(service, 'AWS::ECS::TaskDefinition').Properties.TaskRoleArn['Fn::GetAtt'][0];
    const { taskRole: migrationsRole, databaseUser } = only(service, 'Custom::Migrations').Properties;
    expect(userOf(taskRole)).toBe('api_service');
    expect(userOf(migrationsRole['Fn::GetAtt'][0])).toBe('api_migrations');
    expect(databaseUser).toBe('api_migrations');
  });
});

describe('secrets', () => {
  /** Every string of a template with its path. */
  function texts(value: unknown, path = ''): [path: string, text: string][] {
    if (typeof value === 'string') return [[path, value]];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, member]) => texts(member, `${path}/${name}`));
  }

  test('are resolved only in the password of the database and the credentials of the operator client', () => {
    const resolved = [identity, service]
      .flatMap((template) => texts(template.toJSON()))
      .filter(([, text]) => /resolve:(secretsmanager|ssm)|ClientSecret/.test(text))
      .map(([path]) => path.replace(/^\/Resources\/([a-zA-Z]+)\w+/, '$1'));
    expect(resolved).toEqual([
      expect.stringMatching(/^OperatorCredentials\/Properties\/SecretString\//),
      expect.stringMatching(/^DatabaseCluster\/Properties\/MasterUserPassword\//),
    ]);
  });

  test('are in no container', () => {
    const names = [...container().Environment, ...container().Secrets].map(
      ({ Name }: { Name: string }) => Name,
    );
    expect(names.filter((name) => /PASSWORD|SECRET/.test(name))).toEqual([]);
  });

  test('are generated', () => {
    service.hasResourceProperties('AWS::SecretsManager::Secret', {
      SecretString: Match.absent(),
      GenerateSecretString: Match.objectLike({ PasswordLength: 30 }),
    });
  });
});

describe('roles', () => {
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
      ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      'ecr:GetAuthorizationToken',
    ]);
  });

  test('use managed policies only for logs, monitoring and canary deployments', () => {
    const managed = Object.values(resources(service, 'AWS::IAM::Role')).flatMap(
      ({ Properties }) => Properties.ManagedPolicyArns ?? [],
    );
    const names = managed.map((policy: unknown) => /(\w+)"?\]?\]?\}?$/.exec(JSON.stringify(policy))?.[1]);
    expect([...new Set(names)].sort()).toEqual([
      'AWSLambdaBasicExecutionRole',
      'AmazonECSInfrastructureRolePolicyForLoadBalancers',
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
