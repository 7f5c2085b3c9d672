import { setTimeout as delay } from 'node:timers/promises';
import type { Subject } from './subject';
import { LoadGenerator } from './load';

/** A subject and what it is asked. */
export interface Entrant {
  readonly subject: Subject;
  /** Sent in turn, over and over. */
  readonly requests: readonly Buffer[];
  readonly status: number;
}

/** What came of one window of load. */
export interface Window {
  readonly requestsPerSecond: number;
  /** Processor time of the subject per request. */
  readonly cpuMicroseconds: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly slowestMilliseconds: number;
  readonly residentMegabytes: number;
}

/** How long and how often is measured. */
export interface Pace {
  readonly rounds: number;
  /** Length of a window. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** From opening the connections to the window: their own cost is not measured. */
const LEAD_IN_SECONDS = 0.1;

/**
 * Measures entrants side by side: one window each per round, in an order that changes from round to round, so that what
 * the machine does meanwhile meets all of them. Before that each is warmed up.
 *
 * @returns by subject, its windows in the order of the rounds
 */
export async function measure(
  entrants: readonly Entrant[],
  { rounds, seconds, warmUpSeconds, connections }: Pace & { readonly connections: number },
): Promise<Record<string, Window[]>> {
  const lanes = entrants.map(({ requests, ...entrant }) => ({
    ...entrant,
    next: inTurn(requests),
    windows: [] as Window[],
  }));
  for (const lane of lanes) await runWindow(lane, connections, warmUpSeconds);
  for (let round = 0; round < rounds; round += 1) {
    const start = round % lanes.length;
    const order = [...lanes.slice(start), ...lanes.slice(0, start)];
    if (round % 2 === 1) order.reverse();
    for (const lane of order) lane.windows.push(await runWindow(lane, connections, seconds));
  }
  return Object.fromEntries(lanes.map(({ subject, windows }) => [subject.name, windows]));
}

/** What is sent when; begins with the second, since the first was sent before to look at its answer. */
export function inTurn(requests: readonly Buffer[]): () => Buffer {
  const turn = endlessly(requests);
  turn.next();
  return () => turn.next().value;
}

function* endlessly<T>(items: readonly T[]): Generator<T, never> {
  for (;;) yield* items;
}

async function runWindow(
  { subject, status, next }: Omit<Entrant, 'requests'> & { readonly next: () => Buffer },
  connections: number,
  seconds: number,
): Promise<Window> {
  const load = new LoadGenerator({ port: subject.port, connections, status, next });
  try {
    await Promise.race([delay(LEAD_IN_SECONDS * 1000), load.failed]);
    const before = await subject.usage();
    load.take();
    const from = performance.now();
    await Promise.race([delay(seconds * 1000), load.failed]);
    const latencies = Float64Array.from(load.take()).sort();
    const measured = (performance.now() - from) / 1000;
    const after = await subject.usage();
    const count = latencies.length;
    return {
      requestsPerSecond: rounded(count / measured),
      cpuMicroseconds: rounded((after.cpuMicroseconds - before.cpuMicroseconds) / count),
      p50Milliseconds: rounded(latencies[Math.floor(count * 0.5)]),
      p99Milliseconds: rounded(latencies[Math.floor(count * 0.99)]),
      slowestMilliseconds: rounded(latencies.at(-1)),
      residentMegabytes: rounded(after.residentBytes / 1e6),
    };
  } finally {
    load.stop();
  }
}

function rounded(value = NaN): number {
  return Number(value.toPrecision(4));
}
