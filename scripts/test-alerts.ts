/**
 * Checks what watches over the service: promtool checks the rules and runs their tests; the rest compares names that
 * are written in several places. Needs promtool, which comes with Prometheus (Debian: `apt-get install prometheus`).
 */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invalidTokenDescriptions } from '../src/auth/errors';

const root = join(__dirname, '..');
const directory = join(root, 'docker/prometheus');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

function promtool(...args: string[]): void {
  const { error, status } = spawnSync('promtool', args, { cwd: directory, stdio: 'inherit' });
  if (error) throw new Error(`promtool cannot be run (${error.message}); it comes with Prometheus.`);
  if (status !== 0) throw new Error(`promtool ${args.join(' ')} failed.`);
}

function all(pattern: RegExp, text: string): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))].sort();
}

promtool('check', 'config', 'prometheus.yml');
promtool('test', 'rules', 'alerts.test.yml');

const rules = read('docker/prometheus/alerts.yml');
const runbook = /^## Alerts$([\s\S]*?)^## /m.exec(read('docs/operations.md'))?.[1] ?? '';
const alerts = all(/- alert: (\w+)/g, rules);

// `exp_labels` stands only where the alert is expected to fire.
const fired = all(
  /alertname: (\w+)\s+exp_alerts:\s+- exp_labels/g,
  read('docker/prometheus/alerts.test.yml'),
);
deepStrictEqual(fired, alerts, 'each alert has a test that fires it');

deepStrictEqual(
  all(/runbook_url: docs\/operations\.md#(\w+)/g, rules),
  alerts.map((name) => name.toLowerCase()),
  'each alert refers to the section of its name',
);
// Those of CloudWatch, most of which have the name of an alert here.
const alarms = all(/#alarm\(\s*'(\w+)'/g, read('infra/service/alarms.ts'));
deepStrictEqual(
  all(/^### (\w+)$/gm, runbook),
  [...new Set([...alerts, ...alarms])].sort(),
  'docs/operations.md has a section for each alert and alarm',
);
deepStrictEqual(
  all(/reason=~"([\w|]+)"/g, rules).map((reasons) => reasons.split('|').sort()),
  [[...Object.keys(invalidTokenDescriptions), 'insufficient_scope'].sort()],
  'ApiTokensRefused counts every reason for which a token is refused',
);

/** Checks that Prometheus can parse these expressions, as rules of a file that is thrown away. */
function checkExpressions(expressions: readonly string[], what: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  const rules = expressions.map((expr, index) => ({ record: `expression:${index}`, expr }));
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'expressions', rules }] }));
  promtool('check', 'rules', '--lint=none', join(folder, 'rules.yml'));
  rmSync(folder, { recursive: true });
  ok(expressions.length > 0, `${what} has expressions`);
}

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}
const dashboard = JSON.parse(read('docker/grafana/dashboards/cognito-resource-server.json')) as Dashboard;
const panels = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
checkExpressions(
  panels.map((expr) => expr.replaceAll('$__rate_interval', '1m')),
  'the dashboard',
);
checkExpressions(all(/^```promql\n([\s\S]*?)^```$/gm, read('docs/operations.md')), 'docs/operations.md');

process.stdout.write(`${alerts.length} alerts: each is tested and explained.\n`);
