import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { PROJECT } from '../support/service';
import { only, REQUIRED, resources, templates } from '../support/templates';

const DELIVERY = { ...REQUIRED, githubRepository: 'example/api' };

let delivery: Template;
beforeAll(() => {
  delivery = templates(DELIVERY).delivery!;
});

describe('the role of the workflow', () => {
  test('can be assumed only by one branch of one repository', () => {
    const { Statement } = only(delivery, 'AWS::IAM::Role').Properties.AssumeRolePolicyDocument;
    const [provider] = Object.keys(resources(delivery, 'AWS::IAM::OIDCProvider'));
    expect(Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: { Ref: provider } },
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': 'repo:example/api:ref:refs/heads/main',
          },
        },
      },
    ]);
  });

  test('can be assumed by a repository whose tokens have the ids of owner and repository', () => {
    const repository = 'example@123456/api@456789';
    const { delivery } = templates({ ...DELIVERY, githubRepository: repository });
    const [{ Condition }] = only(delivery!, 'AWS::IAM::Role').Properties.AssumeRolePolicyDocument.Statement;
    expect(Condition.StringEquals).toMatchObject({
      'token.actions.githubusercontent.com:sub': `repo:${repository}:ref:refs/heads/main`,
    });
  });

  test('may only use the roles of the CDK and push images', () => {
    const { Statement } = only(delivery, 'AWS::IAM::Policy').Properties.PolicyDocument;
    const [repository] = Object.keys(resources(delivery, 'AWS::ECR::Repository'));
    const ofRoles = Statement.filter(({ Action }: { Action: string }) => Action === 'sts:AssumeRole');
    const others = Statement.filter(({ Action }: { Action: string }) => Action !== 'sts:AssumeRole');
    for (const resource of ofRoles[0].Resource)
      expect(JSON.stringify(resource)).toContain(':role/cdk-hnb659fds-');
    expect(others).toEqual([
      expect.objectContaining({ Resource: { 'Fn::GetAtt': [repository, 'Arn'] } }),
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    ]);
  });
});

test('images are immutable, scanned and kept', () => {
  delivery.hasResource('AWS::ECR::Repository', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({
      ImageTagMutability: 'IMMUTABLE',
      ImageScanningConfiguration: { ScanOnPush: true },
    }),
  });
});

test('other accounts may pull images if set', () => {
  const { delivery } = templates({ ...DELIVERY, pullAccounts: '444455556666' });
  const { RepositoryPolicyText } = only(delivery!, 'AWS::ECR::Repository').Properties;
  expect(JSON.stringify(RepositoryPolicyText)).toContain('444455556666');
});

test('there is no delivery stack by default, and no image repository if not wanted', () => {
  expect(templates().delivery).toBeUndefined();
  const { delivery } = templates({ ...DELIVERY, imageRepository: 'false' });
  delivery!.resourceCountIs('AWS::ECR::Repository', 0);
});

describe('an image in ECR', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const image = `444455556666.dkr.ecr.eu-west-1.amazonaws.com/api@${digest}`;

  test('is deployed by its digest, and may be pulled from its account', () => {
    const { service } = templates({ ...REQUIRED, image });
    const { Image } = only(service, 'AWS::ECS::TaskDefinition').Properties.ContainerDefinitions[0];
    expect(JSON.stringify(Image)).toContain('444455556666.dkr.ecr.eu-west-1.');
    expect(JSON.stringify(Image)).toContain(`/api@${digest}`);
    const policies = JSON.stringify(resources(service, 'AWS::IAM::Policy'));
    expect(policies).toContain(':ecr:eu-west-1:444455556666:repository/api');
  });
});

test('the workflow deploys one digest to staging and then, after approval, to production', () => {
  const workflow = readFileSync(join(PROJECT, '.github/workflows/deploy.yml'), 'utf8');
  const job = (name: string) =>
    new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)+)`, 'm').exec(workflow)?.[1] ?? '';
  for (const stage of ['staging', 'preview-production', 'production'])
    expect(job(stage)).toContain('image: ${{ needs.build.outputs.image }}');
  expect(job('production')).toContain('needs: [build, approve-production]');
  expect(job('approve-production')).toContain('environment: production');
  expect(workflow.match(/uses: (?!\.\/)\S+@(?![0-9a-f]{40} # v)/g)).toBeNull();
});
