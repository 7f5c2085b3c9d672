import { Contestant } from './contestant';
import type { Surroundings } from './surroundings';

/** Milliseconds from starting the service's program to its readiness: keys fetched, database reached. */
export async function startTimes(
  { environment, serviceProgram }: Surroundings,
  starts: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < starts; count += 1) {
    const from = performance.now();
    const service = await Contestant.start('service', serviceProgram, environment);
    times.push(Math.round(performance.now() - from));
    await service.stop();
  }
  return times;
}
