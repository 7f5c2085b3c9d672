import { parseArgs } from 'node:util';
import type { Pace } from './rounds';
import type { Sizes } from './environment';
import { subjects, scenarios } from './scenarios';

const CONTESTANTS = Object.keys(subjects);
const MEASUREMENTS = [...scenarios.map(({ name }) => name), 'keys', 'start', 'admission', 'traces', 'memory'];

const USAGE = `usage: npm run bench -- [option …]
  --only <names>      of subjects: ${CONTESTANTS.join(', ')}
  --scenario <names>  of measurements: ${MEASUREMENTS.join(', ')}
  --rounds <number>   rounds of each scenario (24)
  --seconds <number>  for each subject in a round (0.2)
  --limits            only what limits do to a client beyond them, and to others
  --long              memory too, after a million requests
  --json <file>       keep the figures
  --write             show them in docs/performance.md; with --long, so that it is one run that is shown
  --smoke             look at the answers only`;

/** What is measured, how long, and where the figures go. */
export interface Options {
  readonly wantsSubject: (name: string) => boolean;
  readonly wants: (measurement: string) => boolean;
  readonly pace: Pace;
  readonly sizes: Sizes;
  readonly json: string | undefined;
  readonly write: boolean;
  readonly smoke: boolean;
  readonly limits: boolean;
}

/**
 * Reads the command line.
 *
 * @throws Error that says what is wrong, and how the command is used
 */
export function readOptions(args: readonly string[]): Options {
  try {
    return read(args);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

function read(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      scenario: { type: 'string' },
      rounds: { type: 'string', default: '24' },
      seconds: { type: 'string', default: '0.2' },
      limits: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
    },
  });
  const { only, scenario, limits, long, json, write, smoke } = values;
  if (write && (!long || only !== undefined || scenario !== undefined))
    throw new Error('--write shows complete runs: with --long, without --only and --scenario');
  const chosen = names('--only', only, CONTESTANTS);
  const measured = names('--scenario', scenario, MEASUREMENTS);
  if (scenario === undefined && !long) measured.delete('memory');
  const pace = {
    rounds: positive('--rounds', values.rounds),
    seconds: positive('--seconds', values.seconds),
    warmUpSeconds: 3,
  };
  return {
    wants: (measurement) => measured.has(measurement),
    // What else takes part in a scenario is the service again.
    wantsSubject: (name) => chosen.has(name) || !CONTESTANTS.includes(name),
    pace: smoke ? { rounds: 1, seconds: 0.05, warmUpSeconds: 0.05 } : pace,
    sizes: smoke ? { newTokens: 3_000, largeTable: 10_000 } : { newTokens: 12_000, largeTable: 1_000_000 },
    json,
    write,
    smoke,
    limits,
  };
}

/** All of them, if none is named. */
function names(option: string, value: string | undefined, known: readonly string[]): Set<string> {
  const named = value?.split(',') ?? known;
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`${option}: there is no ${unknown.join(', ')}`);
  return new Set(named);
}

function positive(option: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`${option}: a number above 0 was expected`);
  return number;
}
