import { type Service, UpdateServiceCommand, waitUntilServicesStable } from '@aws-sdk/client-ecs';
import type { Command } from 'commander';
import { CommandError } from './command-error';
import type { Session } from './session';
import { describeDuration } from './table';

/** Longer than a rollout takes; then ECS goes on, but the command stops waiting. */
const MAX_WAIT_SECONDS = 1200;

/** Adds the option that requests a rollout. */
export function withRoll(command: Command): Command {
  return command.option(
    '--roll',
    "replace the API's tasks, which read the list of clients only when they start",
  );
}

/** Replaces the tasks if requested; else prints what running tasks still do. */
export async function rollIfAsked(
  session: Session,
  roll: boolean | undefined,
  otherwise: string,
): Promise<void> {
  if (roll) return replaceTasks(session);
  session.terminal.note(
    `${otherwise}: they keep the list that they started with until they are replaced (--roll).`,
  );
}

/**
 * Replaces the API's tasks, so that they read the list of clients again, and waits until the old ones are gone.
 *
 * @throws CommandError if ECS went back to the old tasks, or it takes too long
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
    throw new CommandError(
      `The tasks of the service ${service} are still being replaced after ${describeDuration(MAX_WAIT_SECONDS)}. ECS continues: look at the events of the service.`,
    );
  });
  // The circuit breaker makes a service stable too: with the tasks that it had before.
  if (primaryDeployment(final?.services?.[0]) !== primaryDeployment(begun.service)) {
    throw new CommandError(
      `ECS could not start new tasks and went back to the old ones, which use the old list: look at the events of the service ${service}.`,
    );
  }
  terminal.note('The API runs with the new list of clients.');
}

function primaryDeployment(service: Service | undefined): string | undefined {
  return service?.deployments?.find(({ status }) => status === 'PRIMARY')?.id;
}
