import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import {
  ContainerImage,
  Capability,
  type FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
} from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acceptFindings } from '../accepted-findings';
import { COLLECTED_METRICS, DIMENSION, TOKEN_REFUSALS } from './collected-metrics';

/** Where the service sends its traces. */
export const COLLECTOR_ENDPOINT = 'http://localhost:4318';

/** Memory that it may use, out of the task's. */
export const COLLECTOR_MEMORY_MIB = 256;

const IMAGE = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0';

export interface CollectorProps {
  /** Namespace of the metrics. */
  readonly name: string;
  readonly taskDefinition: FargateTaskDefinition;
  readonly metricsPort: number;
  /** Of the service, where the collector writes its own log. */
  readonly logGroup: ILogGroup;
}

/**
 * The AWS Distro for OpenTelemetry collector beside the service in each task: metrics to CloudWatch, traces to X-Ray. The task
 * goes on without it.
 */
export class Collector extends Construct {
  constructor(scope: Construct, id: string, { name, taskDefinition, metricsPort, logGroup }: CollectorProps) {
    super(scope, id);
    // CloudWatch makes metrics of its lines (embedded metric format).
    const metrics = new LogGroup(this, 'Metrics', {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const linuxParameters = new LinuxParameters(this, 'Linux');
    linuxParameters.dropCapabilities(Capability.ALL);
    taskDefinition.addContainer('collector', {
      image: ContainerImage.fromRegistry(IMAGE),
      essential: false,
      // Else its metrics, and with them their alarms, would be missing for the rest of the task's life.
      enableRestartPolicy: true,
      environment: {
        AOT_CONFIG_CONTENT: JSON.stringify(configuration(name, metricsPort, metrics.logGroupName)),
      },
      memoryLimitMiB: COLLECTOR_MEMORY_MIB,
      readonlyRootFilesystem: true,
      // The program needs no name for its user.
      user: '1000',
      linuxParameters,
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'collector' }),
    });
    taskDefinition.addToTaskRolePolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [metrics.logGroupArn],
      }),
    );
    taskDefinition.addToTaskRolePolicy(
      new PolicyStatement({
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        resources: ['*'],
      }),
    );
    acceptFindings(taskDefinition.taskRole, {
      'AwsSolutions-IAM5[Resource::*]': 'X-Ray does not support resources for traces.',
    });
  }
}

/** The collector's configuration. JSON is YAML. */
function configuration(namespace: string, metricsPort: number, logGroupName: string) {
  return {
    receivers: {
      otlp: { protocols: { http: { endpoint: 'localhost:4318' } } },
      prometheus: {
        config: {
          scrape_configs: [
            {
              job_name: 'api',
              scrape_interval: '60s',
              static_configs: [{ targets: [`localhost:${metricsPort}`], labels: DIMENSION }],
              metric_relabel_configs: [
                // Everything else would cost 0.30 $ a month and series.
                {
                  source_labels: ['__name__'],
                  regex: `(${COLLECTED_METRICS.map(({ name }) => name).join('|')})(_bucket|_sum|_count)?`,
                  action: 'keep',
                },
                // As in the alert rules: they come whether anyone calls or not.
                { source_labels: ['route'], regex: '/livez|/readyz', action: 'drop' },
                // Marked first, so that the others can be dropped: anyone on the internet can cause those.
                {
                  source_labels: ['reason'],
                  regex: TOKEN_REFUSALS.join('|'),
                  target_label: 'of_token',
                  replacement: 'true',
                },
                {
                  source_labels: ['__name__', 'of_token'],
                  regex: 'http_refusals_total;',
                  action: 'drop',
                },
              ],
            },
          ],
        },
      },
    },
    processors: {
      memory_limiter: { check_interval: '1s', limit_mib: 128 },
      // The exporter would send the sums of a histogram since the start of the task. All begins with the task.
      cumulativetodelta: { initial_value: 'keep' },
      batch: { timeout: '5s' },
    },
    exporters: {
      awsemf: {
        namespace,
        log_group_name: logGroupName,
        region: Aws.REGION,
        dimension_rollup_option: 'NoDimensionRollup',
        metric_declarations: [
          {
            dimensions: [Object.keys(DIMENSION)],
            metric_name_selectors: COLLECTED_METRICS.map(({ name }) => `^${name}$`),
          },
        ],
      },
      awsxray: { region: Aws.REGION, indexed_attributes: ['app.client_id', 'app.request_id', 'app.reason'] },
    },
    service: {
      pipelines: {
        metrics: {
          receivers: ['prometheus'],
          processors: ['memory_limiter', 'cumulativetodelta', 'batch'],
          exporters: ['awsemf'],
        },
        traces: { receivers: ['otlp'], processors: ['memory_limiter', 'batch'], exporters: ['awsxray'] },
      },
    },
  };
}
