import { setTimeout as delay } from 'node:timers/promises';
import { Contestant } from './contestant';
import { LoadGenerator } from './load';
import { toBytes } from './requests';
import { inTurn } from './rounds';
import { newTokens } from './scenarios';
import type { Surroundings } from './surroundings';

const TOKENS = 100_000;
const STEPS = 10;

/** Resident megabytes after each hundred thousand requests of a million. */
export type MemoryUse = Readonly<Record<'express' | 'service', readonly number[]>>;

/** Sends a million requests from a hundred thousand tokens to bare Express, and to the service. */
export async function memoryUse({ environment, pool }: Surroundings): Promise<MemoryUse> {
  const requests = newTokens(pool, TOKENS).map(toBytes);
  const of = async (name: string) => growth(await Contestant.start(name, name, environment), requests);
  return { express: await of('express'), service: await of('service') };
}

async function growth(contestant: Contestant, requests: readonly Buffer[]): Promise<number[]> {
  const load = new LoadGenerator({
    port: contestant.port,
    connections: 32,
    status: 200,
    next: inTurn(requests),
  });
  const megabytes: number[] = [];
  let answers = 0;
  try {
    while (megabytes.length < STEPS) {
      await Promise.race([delay(20), load.failed]);
      answers += load.take().length;
      if (answers < (megabytes.length + 1) * TOKENS) continue;
      megabytes.push(Math.round((await contestant.usage()).residentBytes / 1e6));
    }
    return megabytes;
  } finally {
    load.stop();
    await contestant.stop();
  }
}
