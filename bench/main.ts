import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { canPin } from './cores';
import { costByTurns, traceCosts } from './cost-by-turns';
import { slowestDuringKeyChanges } from './key-changes';
import { limits } from './limits';
import type { Measurements } from './measurements';
import { memoryUse } from './memory';
import { type Options, readOptions } from './options';
import { installSubjects, versions } from './packages';
import { report } from './report';
import { type Outcome, runScenario } from './run-scenario';
import { scenarios } from './scenarios';
import { startTimes } from './start-times';
import { startEnvironment, type Environment } from './environment';

const DOCUMENT = join(__dirname, '..', 'docs', 'performance.md');

async function measureAll(
  { wants, wantsSubject, pace }: Options,
  environment: Environment,
): Promise<Measurements> {
  const outcomes: Record<string, Outcome> = {};
  for (const scenario of scenarios.filter(({ name }) => wants(name))) {
    say(`measuring: ${scenario.title}`);
    outcomes[scenario.name] = await runScenario(scenario, environment, pace, wantsSubject);
  }
  if (['keys', 'start', 'admission', 'traces', 'memory'].some(wants))
    say('measuring: changes of keys, starts, what parts cost, memory');
  return {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown processor',
    date: new Date().toISOString().slice(0, 10),
    pinned: canPin,
    rounds: pace.rounds,
    seconds: pace.seconds,
    versions: versions(),
    scenarios: outcomes,
    ...(wants('keys') && {
      slowestDuringKeyChanges: await slowestDuringKeyChanges(environment, (pace.rounds * pace.seconds) / 2),
    }),
    ...(wants('start') && { startTimes: await startTimes(environment, Math.ceil(pace.rounds / 4)) }),
    ...(wants('admission') && {
      admissionMicroseconds: await costByTurns('admission', environment, pace),
    }),
    ...(wants('traces') && { traceMicroseconds: await traceCosts(environment, pace) }),
    ...(wants('memory') && { memory: await memoryUse(environment) }),
  };
}

/** Puts a report into the document, in place of the one of the same Node. */
function writeDocument(text: string): void {
  const major = process.versions.node.split('.', 1).join();
  const document = readFileSync(DOCUMENT, 'utf8');
  const marked = new RegExp(`(<!-- node ${major} -->\n)[^]*(\n<!-- /node ${major} -->)`);
  if (!marked.test(document)) throw new Error(`${DOCUMENT} has no place for Node ${major}`);
  writeFileSync(
    DOCUMENT,
    document.replace(marked, (_, begin: string, end: string) => `${begin}\n${text}\n${end}`),
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  installSubjects();
  if (!canPin)
    say('No taskset, or one core only: subjects and load share the cores, and ratios are less exact.');
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => ending.abort(new Error(`ended by ${signal}`)));
  const ended = once(ending.signal, 'abort').then(() => Promise.reject(ending.signal.reason as Error));
  const environment = await startEnvironment(options.sizes, ending.signal);
  try {
    if (options.limits) return say(await Promise.race([limits(environment), ended]));
    const measurements = await Promise.race([measureAll(options, environment), ended]);
    if (options.smoke) return say('Every subject answers as it should.');
    say(`\n${report(measurements)}`);
    if (options.json) writeFileSync(options.json, `${JSON.stringify(measurements)}\n`);
    if (options.write) writeDocument(report(measurements));
  } finally {
    await environment.stop();
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
