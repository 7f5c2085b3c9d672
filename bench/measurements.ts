import type { MemoryUse } from './memory';
import type { Window } from './rounds';
import type { Outcome } from './run-scenario';

/** What a run has measured. What it was not asked for is missing. */
export interface Measurements {
  /** Version of Node. */
  readonly node: string;
  readonly processor: string;
  /** Day, ISO 8601. */
  readonly date: string;
  /** Whether subjects and load had a core each. */
  readonly pinned: boolean;
  readonly rounds: number;
  /** Length of a window. */
  readonly seconds: number;
  /** Packages of the subjects, each with its version. */
  readonly versions: readonly string[];
  /** By the scenario's name. */
  readonly scenarios: Readonly<Record<string, Outcome>>;
  readonly slowestDuringKeyChanges?: number;
  /** Milliseconds, one for each start. */
  readonly startTimes?: readonly number[];
  readonly memory?: MemoryUse;
  /** Processor time that registry, limits and usage take of a request. */
  readonly admissionMicroseconds?: number;
  /** Processor time that traces take of a request, by the share of the requests that is traced. */
  readonly traceMicroseconds?: Readonly<Record<'1 %' | '100 %', number>>;
}

/** The middle value, or the upper of the middle two; `NaN` of none. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** The median over the rounds of one entry's figure; `NaN` if it was not measured. */
export function medianOf(outcome: Outcome | undefined, name: string, figure: keyof Window): number {
  return median((outcome?.[name] ?? []).map((window) => window[figure]));
}

/**
 * How one entry compares with another: the median of the rounds' ratios, so that what the machine did meanwhile is on both
 * sides. `NaN` if either was not measured.
 */
export function ratio(
  outcome: Outcome | undefined,
  [name, base]: readonly [name: string, base: string],
  figure: keyof Window,
): number {
  const { [name]: windows = [], [base]: bases = [] } = outcome ?? {};
  return median(windows.map((window, round) => window[figure] / (bases[round]?.[figure] ?? NaN)));
}
