import { type Measurements, median, ratio } from './measurements';
import type { Window } from './rounds';

/** A figure that the service has to reach, and the one that it has reached. */
export interface Threshold {
  readonly title: string;
  readonly figure: number;
  /** `≥` or `≤`, and a number. */
  readonly bound: string;
  readonly isMet: boolean;
}

const EXPRESS_STACKS = ['express-oauth2-jwt-bearer', 'express-jwt', 'passport-jwt', 'aws-jwt-verify'];

/** Express itself is slow on Node 20, so that there is less to win there, and nothing against Fastify. */
const bounds = {
  node20: { repeat: 0.9, stacks: 2.2, among: EXPRESS_STACKS },
  later: { repeat: 1.05, stacks: 3, among: [...EXPRESS_STACKS, 'fastify-jwt'] },
};

/** The thresholds for the Node that was measured, but for those that this run does not measure. */
export function thresholds(measurements: Measurements): Threshold[] {
  const {
    node,
    scenarios,
    slowestDuringKeyChanges = NaN,
    startTimes = [],
    admissionMicroseconds = NaN,
    traceMicroseconds = { '1 %': NaN, '100 %': NaN },
  } = measurements;
  const { repeat, stacks, among } = node.startsWith('v20.') ? bounds.node20 : bounds.later;
  const rate = (scenario: string, base = 'express') =>
    ratio(scenarios[scenario], ['service', base], 'requestsPerSecond');
  const p99 = ratio(scenarios['repeat'], ['service', 'express'], 'p99Milliseconds');
  const table = ratio(scenarios['table'], ['large', 'small'], 'p50Milliseconds');
  return [
    atLeast(repeat, 'repeat caller, × bare Express', rate('repeat')),
    atLeast(
      stacks,
      'repeat caller, × the fastest protected stack',
      least(among.map((name) => rate('repeat', name))),
    ),
    atLeast(1, '1,000 callers in rotation, × bare Express', rate('rotation')),
    atMost(1.25, 'what a new token costs more, × one RSA verification', newTokenCost(measurements)),
    atLeast(1, 'no token: refused, × bare Express', rate('missing')),
    atLeast(1, 'forged token: refused, × bare Express', rate('forged')),
    atLeast(1, 'POST with a body of 1 KB, × bare Express', rate('post')),
    atLeast(0.95, 'PostgreSQL behind it, × bare Express', rate('postgres')),
    atMost(1.5, 'p99 of the repeat caller, × bare Express', p99),
    atMost(100, 'slowest answer while keys change, ms', slowestDuringKeyChanges),
    atMost(1000, 'start to ready, ms', median(startTimes)),
    atMost(1.2, 'a page of 1,000,000 rows, × one of 1,000', table),
    atMost(2, 'registry, limits and usage, µs of processor time a request', admissionMicroseconds),
    atMost(2, 'traces of 1 %, µs of processor time a request', traceMicroseconds['1 %']),
    atMost(2, 'traces of all up to 100 a second, µs of processor time a request', traceMicroseconds['100 %']),
    ...memoryThresholds(measurements),
  ].filter(({ figure }) => !Number.isNaN(figure));
}

/** Of the processor: what a new token costs the service, in RSA verifications as they cost bare Express. */
function newTokenCost({ scenarios }: Measurements): number {
  const { service = [], known, rsa, express } = scenarios['new'] ?? {};
  const cost = (windows: readonly Window[] | undefined, round: number) =>
    windows?.[round]?.cpuMicroseconds ?? NaN;
  return median(
    service.map(
      ({ cpuMicroseconds }, round) =>
        (cpuMicroseconds - cost(known, round)) / (cost(rsa, round) - cost(express, round)),
    ),
  );
}

/** Memory goes up and down by some megabytes with the collector; that much is flat. */
const FLAT_MEGABYTES = 10;

function memoryThresholds({ memory }: Measurements): Threshold[] {
  if (!memory) return [];
  const { express, service } = memory;
  const last = service.at(-1) ?? NaN;
  return [
    atMost(50, 'after a million requests, MB more than bare Express', last - (express.at(-1) ?? NaN)),
    atMost(
      FLAT_MEGABYTES,
      'growth from the second to the last hundred thousand, MB',
      last - (service[1] ?? NaN),
    ),
  ];
}

function atLeast(bound: number, title: string, figure: number): Threshold {
  return { title, figure, bound: `≥ ${bound}`, isMet: figure >= bound };
}

function atMost(bound: number, title: string, figure: number): Threshold {
  return { title, figure, bound: `≤ ${bound}`, isMet: figure <= bound };
}

/** Of those that were measured; `NaN` if none was. */
function least(values: readonly number[]): number {
  const measured = values.filter((value) => !Number.isNaN(value));
  return measured.length > 0 ? Math.min(...measured) : NaN;
}
