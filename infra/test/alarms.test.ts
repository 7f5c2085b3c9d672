import type { Template } from 'aws-cdk-lib/assertions';
import { JwksClient } from '../../src/auth/jwks-client';
import { only, REQUIRED, resources, templates } from './deployed';

let service: Template;
beforeAll(() => {
  ({ service } = templates());
});

test('watch errors, latency, tasks, keys and the database, and tell the topic', () => {
  const [topic] = Object.keys(resources(service, 'AWS::SNS::Topic'));
  const alarms = Object.values(resources(service, 'AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties,
  );
  expect(alarms.map(({ AlarmName }) => AlarmName)).toEqual(
    [
      'ApiErrors',
      'LoadBalancerErrors',
      'ApiSlow',
      'ApiTaskNotReady',
      'ApiTooFewTasks',
      'KeysStale',
      'DatabaseNearLimit',
    ].map((name) => `cognito-resource-server-${name}`),
  );
  for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([{ Ref: topic }]);
});

test('may tell the topic, which takes nothing from others or without TLS', () => {
  const { Statement } = only(service, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument;
  const [deny, allow, ...others] = Statement;
  expect(deny).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  expect(allow).toMatchObject({
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
  });
  expect(others).toEqual([]);
});

test('reach an e-mail address where one is given', () => {
  service.resourceCountIs('AWS::SNS::Subscription', 0);
  const { service: told } = templates({ ...REQUIRED, alarmEmail: 'operator@example.com' });
  told.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'operator@example.com',
  });
});

test('find the line that the service logs when it cannot fetch the keys', async () => {
  const log = { info: jest.fn(), warn: jest.fn() };
  const jwksClient = new JwksClient({
    url: 'http://127.0.0.1:1/',
    refreshSeconds: 300,
    maxStaleSeconds: 305,
    log,
  });
  await jwksClient.start();
  jwksClient.stop();
  const [[, message] = []] = log.warn.mock.calls as [object, string][];
  expect(message).toBeDefined();
  expect(only(service, 'AWS::Logs::MetricFilter').Properties.FilterPattern).toBe(`{ $.msg = "${message}" }`);
});
