import { setTimeout as delay } from 'node:timers/promises';
import type { TokenCache } from './token-cache.js';

/** What a {@link resilientFetch} may be told; tests tell it to be quicker. */
export interface ResilienceOptions {
  /** How often a call is repeated after 503. */
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
 * - after 503 waits as long as `Retry-After` says (RFC 9110 §10.2.3) and repeats it, a few times. Also a POST: the API
 *   answers a repeated one with 409 if the first was carried out all the same.
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
      if (answer.status === 401 && !renewed) {
        renewed = true;
        tokens.refused(token);
      } else if (answer.status === 503 && attempt < retries) {
        attempt += 1;
        await wait(Math.min(retryAfterSeconds(answer), maxWaitSeconds) * 1000);
      } else {
        return answer;
      }
      // Lets the connection be used again.
      await answer.body?.cancel();
    }
  };
}

/** The seconds of `Retry-After`, which may be a number or a date; one second where it is missing. */
function retryAfterSeconds({ headers }: Response): number {
  const value = headers.get('Retry-After')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? 1 : Math.max(0, (date - Date.now()) / 1000);
}
