import { type Service, UpdateServiceCommand, waitUntilServicesStable } from '@aws-sdk/client-ecs';
import type { Command } from 'commander';
import { Failure } from './failure';
import type { Session } from './session';
import { describeDuration } from './table';

/** Longer than a rollout takes; then ECS goes on, but nobody waits for it. */
const MAX_WAIT_SECONDS = 1200;

/** The option that asks for a rollout. */
export function withRoll(command: Command): Command {
  return command.option(
    '--roll',
    "replace the API's tasks, which read the list of clients only when they start",
  );
}

/** Rolls if asked to; else says what running tasks still do. */
export async function rollIfAsked(
  session: Session,
  roll: boolean | undefined,
  meanwhile: string,
): Promise<void> {
  if (roll) return replaceTasks(session);
  session.terminal.note(
    `${meanwhile}: they keep the list that they started with until they are replaced (--roll).`,
  );
}

/**
 * Replaces the API's tasks, so that they read the list of clients anew, and waits until the old ones are gone.
 *
 * @throws Failure if ECS went back to the old tasks, or it takes too long
 */
async function replaceTasks({ ecs, deployment, terminal }: Session): Promise<void> {
  const { cluster, service } = deployment;
  terminal.note(`Replacing the tasks of the service ${service} …`);
  const begun = await ecs.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
  const { final } = await waitUntilServicesStable(
    { client: ecs, maxWaitTime: MAX_WAIT_SECONDS, minDelay: 1, maxDelay: 5 },
    { cluster, services: [service] },
  ).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error;
    throw new Failure(
      `The tasks of the service ${service} are still being replaced after ${describeDuration(MAX_WAIT_SECONDS)}. ECS goes on with it: look at the events of the service.`,
    );
  });
  // The circuit breaker makes a service stable too: with the tasks that it had before.
  if (primaryDeployment(final?.services?.[0]) !== primaryDeployment(begun.service)) {
    throw new Failure(
      `ECS could not start new tasks and went back to the old ones, which use the old list: look at the events of the service ${service}.`,
    );
  }
  terminal.note('The API runs with the new list of clients.');
}

function primaryDeployment(service: Service | undefined): string | undefined {
  return service?.deployments?.find(({ status }) => status === 'PRIMARY')?.id;
}
