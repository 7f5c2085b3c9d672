import { setTimeout as delay } from 'node:timers/promises';
import type { TokenCache } from './token-cache.js';

/** What is different in one {@link resilientFetch}; tests make it quicker. */
export interface ResilienceOptions {
  /** How often a call is repeated, for whatever reason but a refused token. */
  readonly retries?: number;
  /** Longest wait for one repetition, whatever `Retry-After` says. */
  readonly maxWaitSeconds?: number;
  /** Longest time that one answer may take. */
  readonly timeoutMs?: number;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** The codes of 401 that a new token helps against. With any other the client itself is refused, and a token costs money. */
const TOKEN_REFUSED = ['token_expired', 'token_revoked', 'invalid_token'];
/** Answers that leave open whether the request took effect. */
const OUTCOME_UNKNOWN = [502, 503, 504];

/**
 * A `fetch` that sends an access token with each request, and
 *
 * - after 401 gets a new token and repeats the request once, if the code says that the token is what was refused;
 * - after 429 and 503 with `Retry-After` (RFC 9110 §10.2.3) waits as long as that says and repeats it, a few times;
 * - after a time-out, a broken connection, or a 5xx without `Retry-After`, repeats only what takes effect once: a GET, or a
 *   request with an `Idempotency-Key`.
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
      const outcome = await fetch(attempted).catch((error: unknown) => error);
      if (!renewed && outcome instanceof Response && (await isTokenRefused(outcome))) {
        renewed = true;
        tokens.refused(token);
        await outcome.body?.cancel();
        continue;
      }
      const seconds = secondsToWait(outcome, request, attempt);
      if (seconds === undefined || attempt >= retries) {
        if (outcome instanceof Response) return outcome;
        throw outcome;
      }
      attempt += 1;
      await wait(Math.min(seconds, maxWaitSeconds) * 1000);
      // Lets the connection be used again.
      if (outcome instanceof Response) await outcome.body?.cancel();
    }
  };
}

async function isTokenRefused(answer: Response): Promise<boolean> {
  if (answer.status !== 401) return false;
  const problem = (await answer
    .clone()
    .json()
    .catch(() => undefined)) as { code?: string } | undefined;
  return TOKEN_REFUSED.includes(problem?.code ?? '');
}

/** How long to wait before the request is sent again; `undefined`: it is not. */
function secondsToWait(outcome: unknown, request: Request, attempt: number): number | undefined {
  const retryAfter =
    outcome instanceof Response && [429, 503].includes(outcome.status)
      ? outcome.headers.get('Retry-After')
      : null;
  if (retryAfter !== null) return secondsOf(retryAfter);
  const isOpen = !(outcome instanceof Response) || OUTCOME_UNKNOWN.includes(outcome.status);
  const takesEffectOnce = request.method === 'GET' || request.headers.has('Idempotency-Key');
  return isOpen && takesEffectOnce ? 2 ** attempt : undefined;
}

/** The seconds of a `Retry-After`, which may be a number or a date; one second where it is neither. */
function secondsOf(retryAfter: string): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? 1 : Math.max(0, (date - Date.now()) / 1000);
}
