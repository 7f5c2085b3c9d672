import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { deployment, type Redeploy } from '../../deployment';
import { accountId } from '../../store/account-id';
import { findParameter } from '../../store/parameter';
import type { Store } from '../../store/store';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { type Call, operation, type Service } from '../operation';

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
 * The Elastic Container Service with a single service: the API of `npm run local`.
 *
 * @param redeploy Without it there is no service.
 */
export function ecs(store: Store, redeploy?: Redeploy): Service {
  /** Newest first: those that are being rolled out, and the one that they replace. */
  let deployments = [newDeployment(store.now(), 'COMPLETED')];
  const events: Event[] = [];
  let rollouts = Promise.resolve();

  async function rollOut(rollout: Deployment, start: Redeploy, region: string): Promise<void> {
    // Read at the start of the task, as ECS does.
    const clientIds = findParameter(store.state, region, deployment.clientIds)?.value ?? '';
    const ready = await start(clientIds);
    const createdAt = store.now();
    if (ready) {
      Object.assign(rollout, { rolloutState: 'COMPLETED', updatedAt: createdAt });
      deployments = deployments.slice(0, deployments.indexOf(rollout) + 1);
    } else {
      deployments = deployments.filter((other) => other !== rollout);
      events.unshift({
        id: randomUUID(),
        createdAt,
        message: `(deployment ${rollout.id}) deployment failed: rolled back, since the API did not become ready.`,
      });
    }
  }

  /** @throws AwsError when the call names another cluster or Region */
  function findCluster(cluster: string, { region }: Call): Redeploy {
    const here = findParameter(store.state, region, deployment.clientIds) !== undefined;
    if (redeploy && here && nameOf(cluster) === deployment.cluster) return redeploy;
    throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
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
            throw new AwsError('ServiceNotFoundException', 'Service not found.');
          }
          if (forceNewDeployment) {
            const rollout = newDeployment(store.now(), 'IN_PROGRESS');
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
  return `arn:aws:ecs:${region}:${accountId}:${kind}/${name}`;
}

/** The name of a cluster or service, which is given by name or by ARN. */
function nameOf(id: string): string {
  return id.split('/').at(-1) ?? '';
}
