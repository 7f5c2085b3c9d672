import { setTimeout as delay } from 'node:timers/promises';
import { Subject } from './subject';
import { LoadGenerator } from './load';
import { toBytes } from './requests';
import { inTurn } from './rounds';
import { newTokens } from './scenarios';
import type { Environment } from './environment';

const TOKENS = 100_000;
const STEPS = 10;

/** Resident megabytes after each hundred thousand requests of a million. */
export type MemoryUse = Readonly<Record<'express' | 'service', readonly number[]>>;

/** Sends a million requests from a hundred thousand tokens to bare Express, and to the service. */
export async function memoryUse({ variables, pool }: Environment): Promise<MemoryUse> {
  const requests = newTokens(pool, TOKENS).map(toBytes);
  const of = async (name: string) => growth(await Subject.start(name, name, variables), requests);
  return { express: await of('express'), service: await of('service') };
}

async function growth(subject: Subject, requests: readonly Buffer[]): Promise<number[]> {
  const load = new LoadGenerator({
    port: subject.port,
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
      megabytes.push(Math.round((await subject.usage()).residentBytes / 1e6));
    }
    return megabytes;
  } finally {
    load.stop();
    await subject.stop();
  }
}
