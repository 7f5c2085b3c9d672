import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { COLLECTED_METRICS, TOKEN_REFUSALS } from '../../service/collected-metrics';
import { LOG_PANELS } from '../../service/dashboard';
import { PROJECT, serviceSource } from '../support/service';
import { only, resources, templates } from '../support/templates';

let service: Template;
beforeAll(() => {
  ({ service } = templates());
});

const containers = () => only(service, 'AWS::ECS::TaskDefinition').Properties.ContainerDefinitions;

const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

/** The collector's configuration, with the name of CloudFormation's values in place of them. */
function configuration() {
  const [, { Environment }] = containers();
  const [{ Name, Value }] = Environment;
  expect(Name).toBe('AOT_CONFIG_CONTENT');
  const parts: unknown[] = Value['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'value')).join(''));
}

test('the collector is started again if it ends', () => {
  const [api, collector] = containers();
  expect(collector.RestartPolicy).toMatchObject({ Enabled: true });
  expect(api.RestartPolicy).toBeUndefined();
});

test('the task goes on without the collector, which shares its memory', () => {
  const [api, collector] = containers();
  expect(collector).toMatchObject({ Name: 'collector', Essential: false, ReadonlyRootFilesystem: true });
  expect(api).toMatchObject({ Name: 'api', Essential: true });
  expect(collector.PortMappings).toBeUndefined();
  expect(Number(api.Memory) + Number(collector.Memory)).toBe(1024);
  // Beside what the limiter counts there is the program itself.
  expect(configuration().processors.memory_limiter.limit_mib * 2).toBeLessThanOrEqual(collector.Memory);
});

test('the service sends its traces to the collector, and the collector reads the metrics of the service', () => {
  const { receivers, service: pipelines } = configuration();
  const environment = Object.fromEntries(
    containers()[0].Environment.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, Value]),
  );
  const [job] = receivers.prometheus.config.scrape_configs;
  expect(job.static_configs[0].targets).toEqual([`localhost:${environment['METRICS_PORT']}`]);
  expect(`http://${receivers.otlp.protocols.http.endpoint}`).toBe(environment['OTEL_EXPORTER_OTLP_ENDPOINT']);
  expect(pipelines.pipelines).toMatchObject({
    metrics: { receivers: ['prometheus'], exporters: ['awsemf'] },
    traces: { receivers: ['otlp'], exporters: ['awsxray'] },
  });
});

test('a dozen metrics are collected, all of which the service has', () => {
  expect(COLLECTED_METRICS).toHaveLength(12);
  const source = serviceSource();
  for (const { name } of COLLECTED_METRICS)
    // That of prom-client is one of the process.
    if (!name.startsWith('nodejs_')) expect(source).toContain(`'${name}'`);
});

test('CloudWatch gets what each minute added, and not what there was since the start', () => {
  const { processors, exporters, service: pipelines } = configuration();
  const { metrics } = pipelines.pipelines;
  expect(metrics.processors).toContain('cumulativetodelta');
  expect(processors.cumulativetodelta).toEqual({ initial_value: 'keep' });
  expect(Object.keys(exporters)).toContain(metrics.exporters[0]);
});

test('requests of the health checks are left out, as in the alert rules', () => {
  const [{ metric_relabel_configs }] = configuration().receivers.prometheus.config.scrape_configs;
  const [, routes] = /route!~"([^"]+)"/.exec(read('docker/prometheus/alerts.yml')) ?? [];
  expect(metric_relabel_configs).toContainEqual({ source_labels: ['route'], regex: routes, action: 'drop' });
});

test('the refusals that are collected are those that the alert counts', () => {
  const [, reasons = ''] = /reason=~"([\w|]+)"/.exec(read('docker/prometheus/alerts.yml')) ?? [];
  expect([...TOKEN_REFUSALS].sort()).toEqual(reasons.split('|').sort());
});

test("the dashboard has panels of Grafana's, by the same titles", () => {
  const grafana = JSON.parse(read('docker/grafana/dashboards/cognito-resource-server.json')) as {
    panels: readonly { title: string; targets?: readonly { expr: string }[] }[];
  };
  for (const { name, panel } of COLLECTED_METRICS) {
    const found = grafana.panels.find(({ title }) => title === panel);
    expect(JSON.stringify(found?.targets)).toContain(name);
  }
  const titles = grafana.panels.map(({ title }) => title);
  for (const title of Object.keys(LOG_PANELS)) expect(titles).toContain(title);
  expect(Object.keys(resources(service, 'AWS::CloudWatch::Dashboard'))).toHaveLength(1);
});

test('the task may write the metrics to their log group, and traces', () => {
  const policies = JSON.stringify(Object.values(resources(service, 'AWS::IAM::Policy')));
  for (const action of ['logs:PutLogEvents', 'xray:PutTraceSegments']) expect(policies).toContain(action);
});
