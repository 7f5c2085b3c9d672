import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../command-error';
import type { Session } from '../session';
import { type RegisteredClient, RegistryError } from './client-registry';

const LONGEST_WAIT_SECONDS = 30;
const PAUSE_MS = 100;

/** How far a change has come. */
export interface InForce {
  readonly tasks: number;
  /** Those of the tasks that act on it. */
  readonly confirmed: number;
  /** How long that took. */
  readonly seconds: number;
}

/**
 * Waits until every task acts on the newest version of a client.
 *
 * @param since when the change was sent, by `performance.now()`
 * @returns how far it has come when there is nothing more to wait for, or after half a minute
 */
export async function waitUntilInForce(
  { registry }: Pick<Session, 'registry'>,
  { id, inForce }: RegisteredClient,
  since: number,
): Promise<InForce> {
  for (let { tasks, confirmed } = inForce; ;) {
    const seconds = Math.round(performance.now() - since) / 1000;
    const complete = tasks > 0 && confirmed >= tasks;
    if (complete || seconds > LONGEST_WAIT_SECONDS) return { tasks, confirmed, seconds };
    await delay(PAUSE_MS);
    ({ tasks, confirmed } = (await readAgain(registry, id))?.inForce ?? { tasks, confirmed });
  }
}

/** Describes a change that is in force, such as `acme is refused on all 4 tasks, after 1.3 s`. */
export function describeInForce(change: string, { tasks, seconds }: InForce): string {
  return `${change} on ${tasks === 1 ? 'the only task' : `all ${tasks} tasks`}, after ${seconds.toFixed(1)} s`;
}

/**
 * @param next what the operator can do then
 * @throws CommandError if some tasks do not act on the change yet
 */
export function assertInForce({ tasks, confirmed, seconds }: InForce, next: string): void {
  if (tasks > 0 && confirmed >= tasks) return;
  throw new CommandError(
    `The change was made, but after ${seconds.toFixed(0)} s only ${confirmed} of ${tasks} tasks act on it. Look at the log of the service for "client registry cannot be read". ${next}`,
  );
}

/** The change was made; the API may be unavailable for a moment since. */
async function readAgain(registry: Session['registry'], id: string): Promise<RegisteredClient | undefined> {
  try {
    return await registry.find(id);
  } catch (error) {
    if (error instanceof RegistryError && (error.status ?? 500) >= 500) return undefined;
    throw error;
  }
}
