import { deepStrictEqual, strictEqual } from 'node:assert';
import { Subject } from './subject';
import { answerTo, toBytes } from './requests';
import { type Entrant, measure, type Pace, type Window } from './rounds';
import type { Scenario } from './scenarios';
import type { Environment } from './environment';

/** What came of a scenario: the windows of each entry, in the order of the rounds. */
export type Outcome = Readonly<Record<string, readonly Window[]>>;

/**
 * Runs a scenario: starts its subjects, looks at an answer of each, measures them side by side, and ends them.
 *
 * @throws AssertionError if a subject does not answer as it should
 */
export async function runScenario(
  { connections = 32, onlyNewTokens = false, entries }: Scenario,
  environment: Environment,
  pace: Pace,
  wants: (name: string) => boolean,
): Promise<Outcome> {
  const entrants: Entrant[] = [];
  let page: unknown;
  try {
    for (const entry of (await entries(environment)).filter(({ name }) => wants(name))) {
      const { name, program, variables, requests, status, code } = entry;
      const subject = await Subject.start(name, program, {
        ...environment.variables,
        ...variables,
      });
      entrants.push({ subject, requests: requests.map(toBytes), status });
      const answer = await answerTo(subject.port, requests[0] ?? {});
      strictEqual(answer.status, status, `${name} answers with another status`);
      if (code) strictEqual((answer.body as { code?: string }).code, code);
      else deepStrictEqual(answer.body, (page ??= answer.body), `${name} has another answer than the first`);
    }
    const service = entrants.find(({ subject }) => subject.name === 'service')?.subject;
    const windows = await measure(entrants, { ...pace, connections });
    if (onlyNewTokens && service)
      strictEqual(await cacheHits(service), 0, 'a token was not new to the service');
    return windows;
  } finally {
    await Promise.all(entrants.map(({ subject }) => subject.stop()));
  }
}

/** How many tokens the service knew already. */
async function cacheHits({ metricsPort }: Subject): Promise<number> {
  const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  return Number(/^token_cache_hits_total (\d+)$/m.exec(await metrics.text())?.[1]);
}
