import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPTIONS } from './support/options';
import { REQUIRED } from './support/templates';

const INFRA = join(__dirname, '..');

/** Runs `cdk synth` as on a machine without AWS configuration. */
function synth(settings: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), 'synth-'));
  const context = Object.entries(settings).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  const { status, stdout, stderr } = spawnSync(
    join(INFRA, 'node_modules/.bin/cdk'),
    ['synth', '--quiet', '--strict', '--output', join(directory, 'cdk.out'), ...context],
    // No credentials, no configuration, and no metadata service.
    {
      cwd: INFRA,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: directory, AWS_EC2_METADATA_DISABLED: 'true' },
    },
  );
  rmSync(directory, { recursive: true });
  return { status, output: stdout + stderr };
}

test.each([
  ['with the required settings', {}],
  ['with every option', OPTIONS],
])(
  'synthesises %s without an account, a warning, or a finding',
  (_, options) => {
    const { status, output } = synth({ ...REQUIRED, ...options });
    expect(output).not.toMatch(/warning|error/i);
    expect(status).toBe(0);
  },
  120_000,
);

test('fails on wrong settings with every problem named', () => {
  const { status, output } = synth({ ...REQUIRED, domainName: 'https://api.example.com' });
  expect(output).toContain('domainName: expected a host name such as api.example.com');
  expect(status).not.toBe(0);
}, 120_000);
