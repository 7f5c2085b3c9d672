import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addChecks } from '../checks';
import { OPTIONS } from './support/options';
import { REQUIRED, templates, WITH_OPERATOR_SCOPES } from './support/templates';

// Takes minutes, most of them CloudFormation Guard's: `npm run test:settings` runs it, `npm test` does not.

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
  'synthesises with %s without a finding',
  (name, value) => {
    const warnings = jest.spyOn(console, 'error').mockImplementation();
    templates({ ...REQUIRED, [name]: value, ...TOGETHER[name] }, WITH_OPERATOR_SCOPES, addChecks);
    expect(warnings).not.toHaveBeenCalled();
  },
  120_000,
);

test('every setting of the README is one of these', () => {
  const [, section = ''] = readFileSync(join(__dirname, '../README.md'), 'utf8').split('\n## Settings\n');
  const rows = section.split('\n### ')[0]?.match(/^\| `[^|]+/gm) ?? [];
  const names = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(names.sort()).toEqual([...Object.keys(REQUIRED), ...Object.keys(SETTINGS)].sort());
});
