import { Aws, Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  MathExpression,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import {
  type ApplicationTargetGroup,
  HttpCodeElb,
  HttpCodeTarget,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { acceptFindings } from '../accepted-findings';
import type { LoadBalancer } from './load-balancer';

/** Message that the service logs each time it cannot fetch the JWKS. */
const KEY_SET_NOT_FETCHED = 'key set not fetched';

export interface AlarmsProps {
  /** Prefix of the alarms' names. */
  readonly name: string;
  readonly loadBalancer: LoadBalancer;
  readonly logGroup: ILogGroup;
  readonly database: DatabaseCluster;
  readonly email: string | undefined;
}

/** Alarms and the topic that they notify. docs/operations.md says what to do about each. */
export class Alarms extends Construct {
  readonly topic: Topic;
  /** Names of the alarms that a bad version of the service sets off. */
  readonly ofRequests: readonly string[];
  readonly #name: string;

  constructor(scope: Construct, id: string, { name, loadBalancer, logGroup, database, email }: AlarmsProps) {
    super(scope, id);
    this.#name = name;
    this.topic = this.#createTopic(email);
    this.ofRequests = this.#ofRequests(loadBalancer);
    this.#ofTasks(loadBalancer);
    this.#ofKeys(logGroup);
    this.#ofDatabase(database);
  }

  #ofRequests({ alb }: LoadBalancer): string[] {
    const minute = { period: Duration.minutes(1) };
    const errors = this.#alarm('ApiErrors', 'The service answers more than 5 % of the requests with 5xx', {
      metric: new MathExpression({
        expression: 'IF(FILL(errors, 0) > 1, 100 * errors / requests, 0)',
        usingMetrics: {
          errors: alb.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, minute),
          requests: alb.metrics.requestCount(minute),
        },
        ...minute,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 5,
      evaluationPeriods: 2,
    });
    const ownErrors = this.#alarm(
      'LoadBalancerErrors',
      'The load balancer answers 5xx itself, because no task answers, or none in time',
      {
        metric: alb.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, minute),
        threshold: 5,
        evaluationPeriods: 2,
      },
    );
    const slow = this.#alarm('ApiSlow', 'One request in a hundred takes longer than a second', {
      metric: alb.metrics.targetResponseTime({ ...minute, statistic: Stats.percentile(99) }),
      threshold: 1,
      evaluationPeriods: 10,
    });
    return [errors, ownErrors, slow];
  }

  #ofTasks({ targetGroup, canary }: LoadBalancer): void {
    const period = Duration.minutes(1);
    const targetGroups = [targetGroup, ...(canary ? [canary.targetGroup] : [])];
    // After a deployment the tasks are in the other target group.
    const sumOf = (metric: (group: ApplicationTargetGroup) => Metric) =>
      new MathExpression({
        expression: targetGroups.map((_, index) => `FILL(group${index}, 0)`).join(' + '),
        usingMetrics: Object.fromEntries(
          targetGroups.map((group, index) => [`group${index}`, metric(group)]),
        ),
        period,
      });
    this.#alarm('ApiTaskNotReady', 'A task has not been ready for five minutes', {
      metric: sumOf(({ metrics }) => metrics.unhealthyHostCount({ period, statistic: Stats.MAXIMUM })),
      threshold: 1,
      evaluationPeriods: 5,
    });
    this.#alarm(
      'ApiTooFewTasks',
      'A zone has no ready task, so that the loss of the other would be an outage',
      {
        metric: sumOf(({ metrics }) => metrics.healthyHostCount({ period, statistic: Stats.MINIMUM })),
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        threshold: 1,
        evaluationPeriods: 5,
        // Without targets there are no data.
        treatMissingData: TreatMissingData.BREACHING,
      },
    );
  }

  #ofKeys(logGroup: ILogGroup): void {
    const failures = new MetricFilter(this, 'KeyFetchFailures', {
      logGroup,
      filterPattern: FilterPattern.stringValue('$.msg', '=', KEY_SET_NOT_FETCHED),
      metricNamespace: this.#name,
      metricName: 'KeyFetchFailures',
    });
    // A failed fetch is repeated within seconds, so that in a minute without this message the keys were fetched.
    this.#alarm('KeysStale', 'The keys of the user pool have not been fetched for ten minutes', {
      metric: failures.metric({ period: Duration.minutes(1), statistic: Stats.SUM }),
      threshold: 1,
      evaluationPeriods: 10,
    });
  }

  #ofDatabase(database: DatabaseCluster): void {
    // Percentage of the maximum capacity, by CPU and memory.
    this.#alarm('DatabaseNearLimit', 'The database uses nearly its maximum capacity', {
      metric: database.metric('ACUUtilization', { period: Duration.minutes(5), statistic: Stats.MAXIMUM }),
      threshold: 90,
      evaluationPeriods: 3,
    });
  }

  /** @returns its name */
  #alarm(id: string, alarmDescription: string, props: AlarmProps): string {
    const alarmName = `${this.#name}-${id}`;
    const alarm = new Alarm(this, id, {
      alarmName,
      alarmDescription: `${alarmDescription}. See docs/operations.md.`,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarmName;
  }

  #createTopic(email: string | undefined): Topic {
    const topic = new Topic(this, 'Topic', { enforceSSL: true });
    acceptFindings(topic, {
      'NIST.800.53.R5-SNSEncryptedKMS':
        'Alarms say that something is slow or fails. CloudWatch cannot publish with the key of AWS.',
    });
    // A topic with an explicit policy has no default permissions.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    if (email) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
