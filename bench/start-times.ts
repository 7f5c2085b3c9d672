import { Subject } from './subject';
import type { Environment } from './environment';

/** Milliseconds from starting the service's program to its readiness: keys fetched, database reached. */
export async function startTimes(
  { variables, serviceProgram }: Environment,
  starts: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < starts; count += 1) {
    const from = performance.now();
    const service = await Subject.start('service', serviceProgram, variables);
    times.push(Math.round(performance.now() - from));
    await service.stop();
  }
  return times;
}
