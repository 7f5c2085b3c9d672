import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Repository, TagMutability } from 'aws-cdk-lib/aws-ecr';
import {
  AccountPrincipal,
  OidcProviderNative,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acceptFindings } from '../accepted-findings';
import type { DeliverySettings } from '../settings';

const GITHUB = 'token.actions.githubusercontent.com';

export interface DeliveryStackProps extends StackProps {
  readonly name: string;
  readonly delivery: DeliverySettings;
}

/**
 * What a workflow on GitHub needs in order to deploy: a role that only one branch of one repository can assume, and a
 * repository for images. Deployed by hand, so that the workflow cannot extend its own permissions.
 */
export class DeliveryStack extends Stack {
  constructor(scope: Construct, id: string, { name, delivery, ...props }: DeliveryStackProps) {
    super(scope, id, props);

    const provider = new OidcProviderNative(this, 'GitHub', {
      url: `https://${GITHUB}`,
      clientIds: ['sts.amazonaws.com'],
    });
    const role = new Role(this, 'Role', {
      description: `Deploys ${name} from ${delivery.githubRepository}`,
      assumedBy: new WebIdentityPrincipal(provider.oidcProviderArn, {
        StringEquals: {
          [`${GITHUB}:aud`]: 'sts.amazonaws.com',
          [`${GITHUB}:sub`]: `repo:${delivery.githubRepository}:ref:refs/heads/${delivery.githubBranch}`,
        },
      }),
      // Migrations and a canary take longer than an hour at worst.
      maxSessionDuration: Duration.hours(3),
    });
    // The roles of the bootstrap, which limit what a deployment may do.
    const bootstrapRoles = ['deploy', 'file-publishing', 'lookup'].map((purpose) =>
      this.formatArn({
        service: 'iam',
        region: '',
        resource: 'role',
        resourceName: `cdk-hnb659fds-${purpose}-role-${this.account}-${this.region}`,
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: bootstrapRoles }));
    new CfnOutput(this, 'RoleArn', { value: role.roleArn });

    if (delivery.imageRepository) this.#createRepository(name, delivery.pullAccounts, role);
  }

  #createRepository(repositoryName: string, pullAccounts: readonly string[], role: Role): void {
    const repository = new Repository(this, 'Images', {
      repositoryName,
      imageTagMutability: TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      lifecycleRules: [{ maxImageCount: 200 }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    repository.grantPullPush(role);
    acceptFindings(role, {
      'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken does not support resources.',
    });
    for (const account of pullAccounts) repository.grantPull(new AccountPrincipal(account));
    new CfnOutput(this, 'ImageRepository', { value: repository.repositoryUri });
  }
}
