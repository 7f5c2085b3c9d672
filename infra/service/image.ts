import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';

const PROJECT = join(__dirname, '..', '..');

/** Left out of the build context, in addition to `.dockerignore`: what only the emulator's image contains. */
const EMULATOR = ['local', 'emulator', 'docker/tsconfig.*'];

/** What the service's image is built from. */
const SOURCES = [
  'Dockerfile',
  'LICENSE',
  'package*.json',
  'tsconfig*.json',
  'docker/*.mjs',
  'docker/*.sh',
  'src',
];

/** The image of a digest in ECR, in any account and Region. */
export function imageInEcr(scope: Construct, image: string): ContainerImage {
  const [, account = '', region = '', repositoryName = '', digest = ''] =
    /^(\d+)\.dkr\.ecr\.([\w-]+)\.[\w.]+\/(.+)@(.+)$/.exec(image) ?? [];
  const repositoryArn = Stack.of(scope).formatArn({
    service: 'ecr',
    account,
    region,
    resource: 'repository',
    resourceName: repositoryName,
  });
  const repository = Repository.fromRepositoryAttributes(scope, 'Image', { repositoryArn, repositoryName });
  return ContainerImage.fromEcrRepository(repository, digest);
}

/**
 * The service's image, built from the Dockerfile for ARM64.
 *
 * Its tag is a hash of what it is built from, so that a change elsewhere in the repository replaces no task. Version and
 * revision are those of the last commit that changed it, and not part of the hash.
 */
export function imageOfProject(): ContainerImage {
  return ContainerImage.fromAsset(PROJECT, {
    target: 'service',
    platform: Platform.LINUX_ARM64,
    exclude: EMULATOR,
    buildArgs: versionOfImage(),
    invalidation: { buildArgs: false },
  });
}

/** The build arguments that label the image: the closest tag and the commit; `unknown` outside a repository. */
function versionOfImage(): { VERSION: string; REVISION: string } {
  const commit = git('log', '-1', '--format=%H', '--', ...SOURCES);
  const version = commit && git('describe', '--tags', '--always', commit);
  const changed = git('status', '--porcelain', '--', ...SOURCES) ? '-dirty' : '';
  return { VERSION: `${version || 'unknown'}${changed}`, REVISION: `${commit || 'unknown'}${changed}` };
}

/** What a git command prints; empty if it fails. */
function git(...args: string[]): string {
  try {
    return execFileSync('git', args, {
      cwd: PROJECT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
