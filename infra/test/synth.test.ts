import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addChecks } from '../checks';
import { REQUIRED, templates, WITH_OPERATOR_SCOPES } from './support/templates';

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

const OPTIONS = {
  name: 'staging',
  domainPrefix: 'example',
  resourceServerIdentifier: 'api',
  hostedZoneId: 'Z0123456789ABC',
  interactiveClient: 'true',
  implicitGrant: 'true',
  callbackUrls: 'https://app.example.com/callback',
  jwtValidation: 'true',
  deletionProtection: 'false',
  clientIdsImported: 'true',
  operatorCidrs: '192.0.2.0/24',
  userPoolWaf: 'true',
  githubRepository: 'example/api',
  pullAccounts: '444455556666',
  alarmEmail: 'operator@example.com',
};

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

describe('with one setting at a time', () => {
  const SETTINGS = {
    ...OPTIONS,
    userPoolDomain: 'false',
    kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef',
    image: `444455556666.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:${'0'.repeat(64)}`,
    githubBranch: 'release',
    imageRepository: 'false',
    stage: 'production',
  };
  const TOGETHER: Record<string, object> = {
    hostedZoneId: { certificateArn: undefined },
    implicitGrant: { interactiveClient: 'true', callbackUrls: OPTIONS.callbackUrls },
    interactiveClient: { callbackUrls: OPTIONS.callbackUrls },
    callbackUrls: { interactiveClient: 'true' },
    githubBranch: { githubRepository: 'example/api' },
    imageRepository: { githubRepository: 'example/api' },
    pullAccounts: { githubRepository: 'example/api' },
    stage: { stages: { production: { name: 'production' } } },
  };

  test.each(Object.entries(SETTINGS))(
    'has no finding with %s',
    (name, value) => {
      const warnings = jest.spyOn(console, 'error').mockImplementation();
      templates({ ...REQUIRED, [name]: value, ...TOGETHER[name] }, WITH_OPERATOR_SCOPES, addChecks);
      expect(warnings).not.toHaveBeenCalled();
    },
    120_000,
  );

  test('are all settings of the README', () => {
    const [, section = ''] = readFileSync(join(INFRA, 'README.md'), 'utf8').split('\n## Settings\n');
    const rows = section.split('\n### ')[0]?.match(/^\| `[^|]+/gm) ?? [];
    const names = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(names.sort()).toEqual([...Object.keys(REQUIRED), ...Object.keys(SETTINGS)].sort());
  });
});
