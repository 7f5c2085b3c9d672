import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from './environment';
import { LoadGenerator } from './load';
import { median } from './measurements';
import { toBytes } from './requests';
import type { Pace } from './rounds';
import { Subject } from './subject';

/** Windows and warm-ups of the other scenarios that it takes as long as: pairs of turns differ by more than the cost. */
const WINDOWS = 20;
const WARM_UPS = 2.5;

/**
 * Microseconds of processor time that registry, limits and usage take of a request of one caller, in the server under load:
 * the median difference between requests with them and without, in turns of one process. Two processes would differ by more.
 */
export async function admissionCost(
  { variables, pool }: Environment,
  { seconds, warmUpSeconds }: Pace,
): Promise<number> {
  const subject = await Subject.start('service', 'service-by-turns', variables);
  const request = toBytes({ token: pool.token() });
  const load = new LoadGenerator({ port: subject.port, connections: 32, status: 200, next: () => request });
  try {
    await Promise.race([delay(WARM_UPS * warmUpSeconds * 1000), load.failed]);
    await subject.differences();
    await Promise.race([delay(WINDOWS * seconds * 1000), load.failed]);
    return Math.round(100 * median(await subject.differences())) / 100;
  } finally {
    load.stop();
    await subject.stop();
  }
}
