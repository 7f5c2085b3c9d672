import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { PROJECT, serviceSource } from '../support/service';
import { only, REQUIRED, resources, templates } from '../support/templates';

let service: Template;
beforeAll(() => {
  ({ service } = templates());
});

test('watch errors, latency, tasks, keys and the database, and notify the topic', () => {
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
      'DatabaseNotReady',
      'DatabasePoolExhausted',
      'ClientRegistryStale',
      'LogNotWritten',
      'ApiTokensRefused',
      'TokenRequests',
    ].map((name) => `cognito-resource-server-${name}`),
  );
  for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([{ Ref: topic }]);
});

test('may publish to the topic, which accepts nothing from others or without TLS', () => {
  const { Statement } = only(service, 'AWS::SNS::TopicPolicy').Properties.PolicyDocument;
  const [deny, allow, ...others] = Statement;
  expect(deny).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  expect(allow).toMatchObject({
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
  });
  expect(others).toMatchObject([
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Resource: { Ref: expect.any(String) },
    },
  ]);
});

test('notify the topic of a deployment of the service that failed', () => {
  const { EventPattern, Targets } = only(service, 'AWS::Events::Rule').Properties;
  expect(EventPattern).toMatchObject({
    source: ['aws.ecs'],
    'detail-type': ['ECS Deployment State Change'],
    detail: { eventName: ['SERVICE_DEPLOYMENT_FAILED'] },
    resources: [{ Ref: Object.keys(resources(service, 'AWS::ECS::Service'))[0] }],
  });
  const [topic] = Object.keys(resources(service, 'AWS::SNS::Topic'));
  expect(Targets).toMatchObject([{ Arn: { Ref: topic } }]);
});

test('are sent to the e-mail address, if set', () => {
  service.resourceCountIs('AWS::SNS::Subscription', 0);
  const { service: withEmail } = templates({ ...REQUIRED, alarmEmail: 'operator@example.com' });
  withEmail.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'operator@example.com',
  });
});

test('count the tasks of both target groups, of which a deployment empties one', () => {
  for (const name of ['ApiTaskNotReady', 'ApiTooFewTasks']) {
    const [id] = Object.keys(resources(service, 'AWS::CloudWatch::Alarm')).filter((key) =>
      key.includes(name),
    );
    const { Metrics } = resources(service, 'AWS::CloudWatch::Alarm')[id ?? '']?.Properties ?? {};
    expect(Metrics[0].Expression).toBe('FILL(group0, 0) + FILL(group1, 0)');
  }
});

test('fire while the newest data point is missing, and filled with one that is fine', () => {
  const filled = Object.values(resources(service, 'AWS::CloudWatch::Alarm'))
    .map(({ Properties }) => Properties)
    .filter(({ Metrics }) => Metrics?.[0].Expression.includes('FILL('))
    // Too few tasks: there 0 is not fine.
    .filter(({ ComparisonOperator }) => ComparisonOperator !== 'LessThanThreshold');
  expect(filled.map(({ AlarmName }) => AlarmName.split('-').at(-1))).toEqual([
    'ApiErrors',
    'ApiTaskNotReady',
    'ApiTokensRefused',
  ]);
  for (const { DatapointsToAlarm, EvaluationPeriods } of filled)
    expect(DatapointsToAlarm).toBe(EvaluationPeriods - 1);
});

test('that roll back a deployment fire while it is watched', () => {
  const { CanaryConfiguration, BakeTimeInMinutes, Alarms } = only(service, 'AWS::ECS::Service').Properties
    .DeploymentConfiguration;
  const watched = Number(CanaryConfiguration.CanaryBakeTimeInMinutes) + Number(BakeTimeInMinutes);
  // Until the load balancer has published a minute, and CloudWatch has looked at it.
  const delay = 3;
  const alarms = Object.values(resources(service, 'AWS::CloudWatch::Alarm'))
    .map(({ Properties }) => Properties)
    .filter(({ AlarmName }) => Alarms.AlarmNames.includes(AlarmName));
  expect(alarms).toHaveLength(4);
  for (const { Period, Metrics, EvaluationPeriods } of alarms) {
    const period: number = (Period ?? Metrics[1].MetricStat.Period) / 60;
    expect(EvaluationPeriods * period + delay).toBeLessThanOrEqual(watched);
  }
});

test('are all in the README', () => {
  const [row = ''] = /^\| alarms .*$/m.exec(readFileSync(join(PROJECT, 'infra/README.md'), 'utf8')) ?? [];
  const alarms = Object.values(resources(service, 'AWS::CloudWatch::Alarm'));
  expect([...row.matchAll(/`(\w+)`/g)].map(([, name]) => `cognito-resource-server-${name}`).sort()).toEqual(
    alarms.map(({ Properties }) => Properties.AlarmName).sort(),
  );
});

test('filter for a message that the service logs', () => {
  const { FilterPattern } = only(service, 'AWS::Logs::MetricFilter').Properties;
  const [, message = ''] = /^\{ \$\.msg = "(.+)" \}$/.exec(FilterPattern) ?? [];
  expect(serviceSource()).toContain(`'${message}'`);
});
