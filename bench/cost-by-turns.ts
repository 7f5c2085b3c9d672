import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from './environment';
import { LoadGenerator } from './load';
import { median } from './measurements';
import { toBytes } from './requests';
import type { Pace } from './rounds';
import { Subject } from './subject';

/** How many subjects of the other scenarios it takes as long as: pairs of turns differ by more than the cost. */
const SUBJECTS = 5;
/** Warm-ups of a subject: what is compiled meanwhile would count on either side. */
const WARM_UPS = 2;

/** What is measured by turns, and the program in `subjects/` that does it. */
const PROGRAMS = { admission: 'service-admission-by-turns', traces: 'service-traces-by-turns' } as const;

/**
 * Microseconds of processor time that a part of the service takes of a request of one caller, in the server under load: the
 * median difference between requests with it and without, in turns of one process. Two processes would differ by more.
 *
 * @param part `admission`: registry, limits and usage
 * @param variables of its environment, beside those of every subject
 */
export async function costByTurns(
  part: keyof typeof PROGRAMS,
  environment: Environment,
  { rounds, seconds, warmUpSeconds }: Pace,
  variables: Readonly<Record<string, string>> = {},
): Promise<number> {
  const subject = await Subject.start('service', PROGRAMS[part], { ...environment.variables, ...variables });
  const request = toBytes({ token: environment.pool.token() });
  const load = new LoadGenerator({ port: subject.port, connections: 32, status: 200, next: () => request });
  try {
    await Promise.race([delay(WARM_UPS * warmUpSeconds * 1000), load.failed]);
    await subject.differences();
    await Promise.race([delay(SUBJECTS * rounds * seconds * 1000), load.failed]);
    return Math.round(100 * median(await subject.differences())) / 100;
  } finally {
    load.stop();
    await subject.stop();
  }
}

/** What traces cost, by the share of the requests that is traced; of all of them no more than 100 a second are. */
export async function traceCosts(
  environment: Environment,
  pace: Pace,
): Promise<Record<'1 %' | '100 %', number>> {
  const cost = (share: string) =>
    costByTurns('traces', environment, pace, {
      OTEL_EXPORTER_OTLP_ENDPOINT: environment.collector.url,
      OTEL_TRACES_SAMPLER_ARG: share,
    });
  return { '1 %': await cost('0.01'), '100 %': await cost('1') };
}
