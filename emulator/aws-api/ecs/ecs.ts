import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { deployment, type Redeploy } from '../../deployment';
import type { UserPools } from '../../store/store';
import { ApiError } from '../aws-error';
import { text } from '../input';
import { account, type Call, operation, type Service } from '../operation';
import { findParameter } from '../ssm/ssm';

interface Deployment {
  readonly id: string;
  readonly createdAt: number;
  updatedAt: number;
  rolloutState: 'IN_PROGRESS' | 'COMPLETED';
}

interface Event {
  readonly id: string;
  readonly createdAt: number;
  readonly message: string;
}

/**
 * The one service of the Elastic Container Service that there is here: the API of `npm run local`.
 *
 * @param redeploy Without it there is none.
 */
export function ecs(pools: UserPools, redeploy?: Redeploy): Service {
  /** Newest first: the one that is being rolled out, and what it takes the place of. */
  let deployments = [newDeployment(pools.now(), 'COMPLETED')];
  const events: Event[] = [];
  let rollouts = Promise.resolve();

  async function rollOut(rollout: Deployment, start: Redeploy, region: string): Promise<void> {
    // Read only now, as ECS does when it starts a task.
    const clientIds = findParameter(pools.state, region, deployment.clientIds)?.value ?? '';
    const ready = await start(clientIds);
    const createdAt = pools.now();
    if (ready) {
      Object.assign(rollout, { rolloutState: 'COMPLETED', updatedAt: createdAt });
      deployments = deployments.slice(0, deployments.indexOf(rollout) + 1);
    } else {
      deployments = deployments.filter((other) => other !== rollout);
      events.unshift({
        id: randomUUID(),
        createdAt,
        message: `(deployment ${rollout.id}) deployment failed: rolled back, since the API did not get ready.`,
      });
    }
  }

  /** @throws ApiError where the call looks for the cluster where it is not. */
  function findCluster(cluster: string, { region }: Call): Redeploy {
    const here = findParameter(pools.state, region, deployment.clientIds) !== undefined;
    if (redeploy && here && nameOf(cluster) === deployment.cluster) return redeploy;
    throw new ApiError('ClusterNotFoundException', 'Cluster not found.');
  }

  return {
    target: 'AmazonEC2ContainerServiceV20141113',
    signingName: 'ecs',
    validationError: 'InvalidParameterException',
    operations: {
      UpdateService: operation(
        z.strictObject({
          cluster: text(1, 255).default('default'),
          service: text(1, 255),
          forceNewDeployment: z.boolean().default(false),
        }),
        ({ cluster, service, forceNewDeployment }, call) => {
          const start = findCluster(cluster, call);
          if (nameOf(service) !== deployment.service) {
            throw new ApiError('ServiceNotFoundException', 'Service not found.');
          }
          if (forceNewDeployment) {
            const rollout = newDeployment(pools.now(), 'IN_PROGRESS');
            deployments.unshift(rollout);
            rollouts = rollouts.then(() => rollOut(rollout, start, call.region));
          }
          return { service: describe(call.region, deployments, events) };
        },
      ),

      DescribeServices: operation(
        z.strictObject({
          cluster: text(1, 255).default('default'),
          services: z.array(text(1, 255)).min(1).max(10),
        }),
        ({ cluster, services }, call) => {
          findCluster(cluster, call);
          const missing = services.filter((service) => nameOf(service) !== deployment.service);
          return {
            services: missing.length < services.length ? [describe(call.region, deployments, events)] : [],
            failures: missing.map((service) => ({
              arn: arnOf(call.region, 'service', `${deployment.cluster}/${nameOf(service)}`),
              reason: 'MISSING',
            })),
          };
        },
      ),
    },
  };
}

function newDeployment(now: number, rolloutState: Deployment['rolloutState']): Deployment {
  return { id: `ecs-svc/${randomUUID()}`, createdAt: now, updatedAt: now, rolloutState };
}

function describe(region: string, deployments: readonly Deployment[], events: readonly Event[]): object {
  const [newest] = deployments;
  const running = (rollout: Deployment | undefined) => (rollout?.rolloutState === 'COMPLETED' ? 1 : 0);
  return {
    serviceArn: arnOf(region, 'service', `${deployment.cluster}/${deployment.service}`),
    serviceName: deployment.service,
    clusterArn: arnOf(region, 'cluster', deployment.cluster),
    status: 'ACTIVE',
    desiredCount: 1,
    runningCount: running(newest),
    pendingCount: 1 - running(newest),
    deployments: deployments.map((rollout) => ({
      ...rollout,
      status: rollout === newest ? 'PRIMARY' : 'ACTIVE',
      desiredCount: rollout === newest ? 1 : 0,
      runningCount: running(rollout),
      pendingCount: 1 - running(rollout),
    })),
    events,
  };
}

function arnOf(region: string, kind: string, name: string): string {
  return `arn:aws:ecs:${region}:${account}:${kind}/${name}`;
}

/** Clusters and services are named by their name or their ARN, which ends with it. */
function nameOf(id: string): string {
  return id.split('/').at(-1) ?? '';
}
