import { spawnSync } from 'node:child_process';

/** Resources with data, or that clients or other systems know. The rest can be created again. */
const KEPT =
  /^AWS::(Cognito|RDS|SecretsManager|SSM|S3|KMS|Route53|CertificateManager|ElasticLoadBalancingV2::LoadBalancer|EC2::(VPC|Subnet)|ECS::(Cluster|Service))/;

/** The lines of `cdk diff` that destroy, replace or may replace such a resource. */
function findLosses(diff: string): string[] {
  return diff
    .split('\n')
    .filter((line) => {
      const [, type = ''] = /^\[[-~]\] (\S+) .*(destroy|orphan|replace|replaced)$/.exec(line.trimEnd()) ?? [];
      return KEPT.test(type);
    })
    .map((line) => line.replace(/^\[.\] /, '  '));
}

/**
 * `npm run gate -- <options of cdk diff>` prints what a deployment would change, and fails if that is data, or something
 * that clients know. With ALLOW_LOSS=true it only prints.
 */
const { status, stdout, stderr } = spawnSync('cdk', ['diff', ...process.argv.slice(2)], {
  encoding: 'utf8',
  env: { ...process.env, NO_COLOR: '1' },
});
const diff = `${stdout}${stderr}`;
process.stdout.write(diff);
const losses = findLosses(diff);
if (losses.length > 0)
  process.stdout.write(`\nThis deployment destroys or replaces:\n${losses.join('\n')}\n`);
process.exitCode = status !== 0 ? 1 : losses.length > 0 && process.env['ALLOW_LOSS'] !== 'true' ? 1 : 0;
