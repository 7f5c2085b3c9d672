import type { Template } from 'aws-cdk-lib/assertions';
import { REQUIRED, templates } from './support/templates';

/** Resources of version 0.1.0 that have data, or that others know. With another logical id they would be replaced. */
const KEPT = {
  identity: {
    UserPool6BA7E5F2: 'AWS::Cognito::UserPool',
    UserPoolDomainD0EA232A: 'AWS::Cognito::UserPoolDomain',
    UserPoolResourceServer05D1463A: 'AWS::Cognito::UserPoolResourceServer',
    UserPoolMachineClientDEAD08E0: 'AWS::Cognito::UserPoolClient',
  },
  service: {
    Vpc8378EB38: 'AWS::EC2::VPC',
    DatabaseClusterSubnets5540150D: 'AWS::RDS::DBSubnetGroup',
    DatabaseCluster5B53A178: 'AWS::RDS::DBCluster',
    DatabaseClusterWriterD43085C6: 'AWS::RDS::DBInstance',
    DatabaseClusterStandby1D52630D: 'AWS::RDS::DBInstance',
    ServiceDatabaseClusterSecretF7451F4F3fdaad7efa858a3daf9490cf0a702aeb: 'AWS::SecretsManager::Secret',
    LoadBalancerAlb240B1141: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    LoadBalancerAccessLogsB27DFC85: 'AWS::S3::Bucket',
    ApiCluster38154836: 'AWS::ECS::Cluster',
    ApiServiceD5B4A50A: 'AWS::ECS::Service',
    ApiLogA9343957: 'AWS::Logs::LogGroup',
    AlarmsTopic3A2DFEBA: 'AWS::SNS::Topic',
  },
};

const resourcesOf = (template: Template) =>
  (template.toJSON() as { Resources: Record<string, { Type: string; Properties: object }> }).Resources;

test('an upgrade keeps what has data, or is known elsewhere', () => {
  const { identity, service } = templates();
  for (const [template, kept] of [
    [identity, KEPT.identity],
    [service, KEPT.service],
  ] as const) {
    const types = Object.entries(resourcesOf(template)).map(([id, { Type }]) => [id, Type]);
    expect(Object.fromEntries(types)).toMatchObject(kept);
  }
});

test('an upgrade leaves the list of clients alone, over which any change would write its first value', () => {
  const { service } = templates();
  expect(resourcesOf(service)['ClientIds16E6CCF9']?.Properties).toEqual({
    Name: '/cognito-resource-server/client-ids',
    Description: 'App clients that may call the API, comma-separated',
    Type: 'String',
    Value: 'none',
  });
});

test('an upgrade that fails can be rolled back: the output that the service stack read is there until the end', () => {
  const output = 'PublishOutputRefUserPool6BA7E5F24B752AC8';
  const valueOf = (settings: object) =>
    templates({ ...REQUIRED, ...settings }).identity.findOutputs(output)[output]?.['Value'] as unknown;
  expect(valueOf({})).toEqual({ Ref: 'UserPool6BA7E5F2' });
  expect(valueOf({ clientIdsImported: 'true' })).toBeUndefined();
});
