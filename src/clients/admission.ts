import type { ServerResponse } from 'node:http';
import type { Caller } from '../auth/caller';
import { InvalidTokenError, type InvalidTokenReason } from '../auth/errors';
import type { AdmittedClient } from './admitted-client';
import { ClientLimiter } from './client-limiter';
import type { ClientRegistry } from './client-registry';
import { RateLimitExceededError } from './errors';
import type { UsageCounter } from './usage-counter';

/** Why the client of a valid token is refused, where it is listed or registered. */
const REFUSALS_OF_KNOWN_CLIENTS: readonly InvalidTokenReason[] = ['client_disabled', 'token_revoked'];
/** How often limiters of clients that have not called for a while are forgotten. */
const SWEEP_INTERVAL_MS = 60_000;
/** Clients whose quota of the day is used up are asked to come back spread over so many seconds. */
const SPREAD_SECONDS = 60;

/** Decides for each verified caller whether its client may call, and how much, and counts the request. From memory alone. */
export class Admission {
  readonly #registry: Pick<ClientRegistry, 'admit' | 'tasks'>;
  readonly #usage: Pick<UsageCounter, 'of'>;
  readonly #limiters = new Map<string, ClientLimiter>();
  #sweepAt = -Infinity;

  constructor(registry: Pick<ClientRegistry, 'admit' | 'tasks'>, usage: Pick<UsageCounter, 'of'>) {
    this.#registry = registry;
    this.#usage = usage;
  }

  /**
   * Admits a request, and sets its `admittedClient`. The answer to a limited client gets `RateLimit-Policy` and `RateLimit`.
   *
   * @throws InvalidTokenError, ClientsUnavailableError as {@link ClientRegistry.admit}
   * @throws RateLimitExceededError
   */
  admit(caller: Caller, req: Pick<Express.Request, 'admittedClient'>, res: ServerResponse): void {
    const now = performance.now();
    const client = this.#clientOf(caller, now);
    req.admittedClient = client;
    const usage = this.#usage.of(client.id, now);
    const limiter = this.#limiterOf(client, now);
    if (limiter.policy === undefined) return usage.countGranted();
    const isGranted = limiter.take(now, usage);
    if (isGranted) usage.countGranted();
    else usage.countLimited();
    res.setHeader('RateLimit-Policy', limiter.policy);
    res.setHeader('RateLimit', limiter.remaining(now, usage));
    if (!isGranted) throw exceeded(limiter.violations(now, usage));
  }

  /** Counts that a request that was admitted is answered 403. */
  countForbidden({ id }: AdmittedClient): void {
    this.#usage.of(id, performance.now()).countForbidden();
  }

  #clientOf(caller: Caller, now: number): AdmittedClient {
    try {
      return this.#registry.admit(caller, now);
    } catch (error) {
      if (error instanceof InvalidTokenError && REFUSALS_OF_KNOWN_CLIENTS.includes(error.reason))
        this.#usage.of(caller.clientId, now).countNotAdmitted();
      throw error;
    }
  }

  #limiterOf({ id, limits }: AdmittedClient, now: number): ClientLimiter {
    if (now >= this.#sweepAt) this.#forgetIdle(now);
    const { tasks } = this.#registry;
    let limiter = this.#limiters.get(id);
    if (limiter) limiter.update(limits, tasks, now);
    else {
      limiter = new ClientLimiter(limits, tasks);
      this.#limiters.set(id, limiter);
    }
    return limiter;
  }

  #forgetIdle(now: number): void {
    for (const [id, limiter] of this.#limiters) if (limiter.isIdle(now)) this.#limiters.delete(id);
    this.#sweepAt = now + SWEEP_INTERVAL_MS;
  }
}

function exceeded(violations: ReturnType<ClientLimiter['violations']>): RateLimitExceededError {
  const seconds = Math.max(...violations.values());
  const spread = violations.has('day') ? Math.floor(Math.random() * SPREAD_SECONDS) : 0;
  return new RateLimitExceededError([...violations.keys()], seconds + spread);
}
