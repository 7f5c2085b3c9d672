import { deepStrictEqual, strictEqual } from 'node:assert';
import { Contestant } from './contestant';
import { answerTo, toBytes } from './requests';
import { type Entrant, measure, type Pace, type Window } from './rounds';
import type { Scenario } from './scenarios';
import type { Surroundings } from './surroundings';

/** What came of a scenario: the windows of each entry, in the order of the rounds. */
export type Outcome = Readonly<Record<string, readonly Window[]>>;

/**
 * Runs a scenario: starts its contestants, looks at an answer of each, measures them side by side, and ends them.
 *
 * @throws AssertionError if a contestant does not answer as it should
 */
export async function runScenario(
  { connections = 32, onlyNewTokens = false, entries }: Scenario,
  surroundings: Surroundings,
  pace: Pace,
  wants: (name: string) => boolean,
): Promise<Outcome> {
  const entrants: Entrant[] = [];
  let page: unknown;
  try {
    for (const entry of (await entries(surroundings)).filter(({ name }) => wants(name))) {
      const { name, program, environment, requests, status, code } = entry;
      const contestant = await Contestant.start(name, program, {
        ...surroundings.environment,
        ...environment,
      });
      entrants.push({ contestant, requests: requests.map(toBytes), status });
      const answer = await answerTo(contestant.port, requests[0] ?? {});
      strictEqual(answer.status, status, `${name} answers with another status`);
      if (code) strictEqual((answer.body as { code?: string }).code, code);
      else deepStrictEqual(answer.body, (page ??= answer.body), `${name} has another answer than the first`);
    }
    const service = entrants.find(({ contestant }) => contestant.name === 'service')?.contestant;
    const windows = await measure(entrants, { ...pace, connections });
    if (onlyNewTokens && service)
      strictEqual(await cacheHits(service), 0, 'a token was not new to the service');
    return windows;
  } finally {
    await Promise.all(entrants.map(({ contestant }) => contestant.stop()));
  }
}

/** How many tokens the service knew already. */
async function cacheHits({ metricsPort }: Contestant): Promise<number> {
  const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  return Number(/^token_cache_hits_total (\d+)$/m.exec(await metrics.text())?.[1]);
}
