import { setTimeout as delay } from 'node:timers/promises';
import type { TokenCache } from './token-cache.js';

/** What a {@link resilientFetch} may be told; tests tell it to be quicker. */
export interface ResilienceOptions {
  /** How often a call is repeated after 503 with `Retry-After`. */
  readonly retries?: number;
  /** Longest wait for one repetition, whatever `Retry-After` says. */
  readonly maxWaitSeconds?: number;
  /** Longest time that one answer may take. */
  readonly timeoutMs?: number;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/**
 * A `fetch` that sends an access token with each request, and
 *
 * - after 401 gets a new token and repeats the request, once;
 * - after 503 with `Retry-After` (RFC 9110 §10.2.3) waits as long as that says and repeats it, a few times. Without the
 *   header the outcome of a change is unknown (`outcome_unknown`), and repeating it may overwrite another's.
 */
export function resilientFetch(
  tokens: TokenCache,
  { retries = 3, maxWaitSeconds = 30, timeoutMs = 10_000, wait = delay }: ResilienceOptions = {},
): (request: Request) => Promise<Response> {
  return async (request) => {
    let renewed = false;
    for (let attempt = 0; ;) {
      const token = await tokens.get();
      // A request's body can be read once; each attempt gets a copy.
      const attempted = new Request(request.clone(), { signal: AbortSignal.timeout(timeoutMs) });
      attempted.headers.set('Authorization', `Bearer ${token}`);
      const answer = await fetch(attempted);
      const retryAfter = answer.status === 503 ? answer.headers.get('Retry-After') : null;
      if (answer.status === 401 && !renewed) {
        renewed = true;
        tokens.refused(token);
      } else if (retryAfter !== null && attempt < retries) {
        attempt += 1;
        await wait(Math.min(secondsOf(retryAfter), maxWaitSeconds) * 1000);
      } else {
        return answer;
      }
      // Lets the connection be used again.
      await answer.body?.cancel();
    }
  };
}

/** The seconds of a `Retry-After`, which may be a number or a date; one second where it is neither. */
function secondsOf(retryAfter: string): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? 1 : Math.max(0, (date - Date.now()) / 1000);
}
