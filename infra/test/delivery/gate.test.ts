import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REQUIRED, templates } from '../support/templates';

jest.setTimeout(120_000);

const INFRA = join(__dirname, '..', '..');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'gate-'));
  const { identity, service } = templates();
  writeFileSync(join(directory, 'Identity'), JSON.stringify(identity.toJSON()));
  writeFileSync(join(directory, 'Service'), JSON.stringify(service.toJSON()));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the gate for one stack, with the template of the required settings as what is deployed. */
function gate(stack: string, settings: Record<string, string>, env: Record<string, string> = {}) {
  const context = Object.entries({ ...REQUIRED, ...settings }).flatMap(([name, value]) => [
    '--context',
    `${name}=${value}`,
  ]);
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      ...['-r', 'ts-node/register/transpile-only', 'delivery/gate.ts', stack, '--exclusively'],
      ...['--template', join(directory, stack), '--output', join(directory, 'cdk.out'), ...context],
    ],
    {
      cwd: INFRA,
      encoding: 'utf8',
      env: {
        PATH: `${join(INFRA, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
        HOME: directory,
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
    },
  );
  return { status, losses: stdout.split('This deployment destroys or replaces:\n')[1]?.trim().split('\n') };
}

test('a deployment that only changes tasks passes', () => {
  expect(gate('Service', { interactiveClient: 'false', alarmEmail: 'operator@example.com' })).toEqual({
    status: 0,
    losses: undefined,
  });
});

test('a deployment that replaces what clients know is stopped', () => {
  const { status, losses } = gate('Identity', { resourceServerIdentifier: 'api' });
  expect(status).toBe(1);
  expect(losses).toEqual([expect.stringMatching(/^AWS::Cognito::UserPoolResourceServer .+ replace$/)]);
});

test('a deployment that deletes data can be allowed', () => {
  expect(gate('Service', { clientIdsImported: 'true' }, { ALLOW_LOSS: 'true' })).toEqual({
    status: 0,
    losses: [expect.stringMatching(/^AWS::SSM::Parameter ClientIds\w* destroy$/)],
  });
});

test('a comparison that fails is no pass', () => {
  expect(gate('Service', { domainName: 'https://api.example.com' }).status).toBe(1);
});
