import { Aws, Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import {
  type ApplicationTargetGroup,
  HttpCodeElb,
  HttpCodeTarget,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { acceptFindings } from '../accepted-findings';
import { COLLECTED_METRICS, DIMENSION } from './collected-metrics';
import type { LoadBalancer } from './load-balancer';

/** Message that the service logs each time it cannot fetch the JWKS. */
const KEY_SET_NOT_FETCHED = 'key set not fetched';

/** Some hundred clients that keep their tokens ask for fewer. A client that asks on every call exceeds it within the hour. */
const MANY_TOKENS_PER_HOUR = 1_000;

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
  readonly ofBadVersions: readonly string[];
  readonly #name: string;

  constructor(scope: Construct, id: string, { name, loadBalancer, logGroup, database, email }: AlarmsProps) {
    super(scope, id);
    this.#name = name;
    this.topic = this.#createTopic(email);
    this.ofBadVersions = [...this.#ofRequests(loadBalancer), this.#ofTasks(loadBalancer)];
    this.#ofKeys(logGroup);
    this.#ofDatabase(database);
    this.#ofService(loadBalancer);
    this.#ofTokenRequests();
  }

  /** What the service measures itself. Where the collector is away there are no data, and no alarm. */
  #ofService({ alb }: LoadBalancer): void {
    const period = Duration.minutes(1);
    const collected = (metricName: string) => {
      const { statistic } = COLLECTED_METRICS.find(({ name }) => name === metricName) ?? {};
      if (statistic === undefined) throw new Error(`${metricName} is not collected`);
      return new Metric({ namespace: this.#name, metricName, dimensionsMap: DIMENSION, statistic, period });
    };
    this.#alarm('DatabaseNotReady', 'A task cannot reach the database, or finds its schema behind', {
      metric: collected('database_ready'),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
    });
    this.#alarm('DatabasePoolExhausted', 'Requests wait for a database connection', {
      metric: collected('database_requests_waiting'),
      threshold: 1,
      evaluationPeriods: 3,
    });
    this.#alarm('ClientRegistryStale', 'A task has not read the client registry for 30 seconds', {
      metric: collected('client_registry_age_seconds'),
      threshold: 30,
      evaluationPeriods: 2,
    });
    this.#alarm('LogNotWritten', 'A task has lost lines of its log', {
      metric: collected('log_lines_dropped_total'),
      threshold: 1,
      evaluationPeriods: 1,
    });
    this.#alarm('ApiTokensRefused', 'A fifth of the requests carry a token that is refused', {
      metric: new MathExpression({
        expression: 'IF(FILL(refused, 0) > 10, 100 * refused / requests, 0)',
        usingMetrics: {
          refused: collected('http_refusals_total'),
          requests: alb.metrics.requestCount({ period }),
        },
        period,
      }),
      threshold: 20,
      ...withoutNewest(5),
    });
  }

  /** Each token is billed. A client that caches its tokens asks for one an hour; one that leaked may be used to ask for many. */
  #ofTokenRequests(): void {
    this.#alarm('TokenRequests', 'Cognito issues many tokens to machine clients of this account', {
      metric: new Metric({
        namespace: 'AWS/Usage',
        metricName: 'CallCount',
        dimensionsMap: {
          Service: 'Cognito User Pools',
          Type: 'API',
          Resource: 'ClientAuthentication',
        },
        statistic: Stats.SUM,
        period: Duration.hours(1),
      }),
      threshold: MANY_TOKENS_PER_HOUR,
      evaluationPeriods: 1,
    });
  }

  /** Notifies the topic when a deployment of a service fails. The service itself may depend on the alarms. */
  reportFailedDeployments(service: FargateService): void {
    new Rule(service, 'DeploymentFailed', {
      description: 'A deployment of the service failed and was rolled back',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Deployment State Change'],
        resources: [service.serviceArn],
        detail: { eventName: ['SERVICE_DEPLOYMENT_FAILED'] },
      },
      targets: [new SnsTopic(this.topic)],
    });
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
      ...withoutNewest(2),
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
      // Short enough to fire within the time in which a deployment is watched.
      evaluationPeriods: 5,
    });
    return [errors, ownErrors, slow];
  }

  /** @returns the name of the one that tasks of a bad version set off */
  #ofTasks({ targetGroup, canary }: LoadBalancer): string {
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
    const notReady = this.#alarm('ApiTaskNotReady', 'A task has not been ready for five minutes', {
      metric: sumOf(({ metrics }) => metrics.unhealthyHostCount({ period, statistic: Stats.MAXIMUM })),
      threshold: 1,
      ...withoutNewest(5),
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
    return notReady;
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

/**
 * How many data points an alarm needs, of which the newest may be missing: the load balancer publishes late, and FILL would
 * have put 0 in its place.
 */
function withoutNewest(
  datapointsToAlarm: number,
): Pick<AlarmProps, 'datapointsToAlarm' | 'evaluationPeriods'> {
  return { datapointsToAlarm, evaluationPeriods: datapointsToAlarm + 1 };
}
