import type { Limits } from './limits';

/** A request is granted so much early, in milliseconds, so that rounding refuses none that comes in time. */
const TOLERANCE_MS = 0.001;
const SECONDS_A_DAY = 86_400;

/** What has been used of a day's quota, and when the day is over. */
export interface DayState {
  /** Requests of the client that were granted today, by all tasks. */
  readonly granted: number;
  /** When the UTC day ends. */
  readonly endsAt: number;
}

/** Names of the policies, in header fields and in `violated-policies`. */
export const policyNames = ['second', 'day'] as const;

export type PolicyName = (typeof policyNames)[number];

/**
 * The limits of one client, and what is left of them on this task.
 *
 * The rate is a token bucket, of which a task holds its share: `rate / tasks` tokens a second, `burst / tasks` at most, with
 * room for one at least. It is kept as the time at which the bucket is full again (GCRA). When tasks come and go, or the
 * limits change, an empty bucket stays empty, a full one full, and one that is half full half full.
 *
 * Times are those of the monotonic clock, in milliseconds.
 */
export class ClientLimiter {
  #limits: Limits;
  #tasks: number;
  #policy: string | undefined;
  #burst = 0;
  /** In which this task's share of the rate makes up for one request; 0: the rate is not limited. */
  #intervalMs = 0;
  /** In which an empty bucket becomes full. */
  #spanMs = 0;
  #fullAt = -Infinity;
  /** What {@link remaining} last gave of the rate, and for how many requests left. */
  #text = '';
  #textLeft = NaN;

  constructor(limits: Limits, tasks: number) {
    this.#limits = limits;
    this.#tasks = tasks;
    this.#derive();
  }

  /** Takes up the limits and the number of tasks that apply from now on. */
  update(limits: Limits, tasks: number, now: number): void {
    if (limits === this.#limits && tasks === this.#tasks) return;
    const usedShare = this.#spanMs > 0 ? this.#usedMs(now) / this.#spanMs : 0;
    this.#limits = limits;
    this.#tasks = tasks;
    this.#derive();
    this.#fullAt = now + usedShare * this.#spanMs;
  }

  /** The field `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11 §3); `undefined`: nothing is limited. */
  get policy(): string | undefined {
    return this.#policy;
  }

  /** Whether a request is granted. Only then it uses something of the rate. */
  take(now: number, day: DayState): boolean {
    if (this.#exceedsDay(day)) return false;
    if (this.#intervalMs === 0) return true;
    const usedMs = this.#usedMs(now) + this.#intervalMs;
    if (usedMs > this.#spanMs + TOLERANCE_MS) return false;
    this.#fullAt = now + usedMs;
    return true;
  }

  /**
   * The field `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11 §4). Of the rate, `r` is what this task has left, times
   * the tasks, and `t` the time until this task has more.
   */
  remaining(now: number, day: DayState): string {
    const { requestsPerDay } = this.#limits;
    const ofSecond = this.#intervalMs > 0 ? this.#remainingOfSecond(now) : '';
    if (requestsPerDay === 0) return ofSecond;
    const ofDay = `"day";r=${Math.max(0, requestsPerDay - day.granted)};t=${seconds(day.endsAt - now)}`;
    return ofSecond ? `${ofSecond}, ${ofDay}` : ofDay;
  }

  /** The policies that refuse a request now, with the seconds after which each may grant one. */
  violations(now: number, day: DayState): ReadonlyMap<PolicyName, number> {
    const violated = new Map<PolicyName, number>();
    if (this.#intervalMs > 0 && this.#left(now) < 1) violated.set('second', this.#secondsUntil(1, now));
    if (this.#exceedsDay(day)) violated.set('day', seconds(day.endsAt - now));
    return violated;
  }

  /** Whether nothing of the rate is used, so that a new limiter would decide alike. */
  isIdle(now: number): boolean {
    return this.#fullAt <= now;
  }

  #derive(): void {
    const { requestsPerSecond, burst, requestsPerDay } = this.#limits;
    const policies: string[] = [];
    this.#burst = Math.max(1, burst);
    this.#intervalMs = requestsPerSecond > 0 ? (1000 * this.#tasks) / requestsPerSecond : 0;
    this.#spanMs = Math.max(1, this.#burst / this.#tasks) * this.#intervalMs;
    if (requestsPerSecond > 0)
      policies.push(`"second";q=${this.#burst};w=${Math.ceil(this.#burst / requestsPerSecond)}`);
    if (requestsPerDay > 0) policies.push(`"day";q=${requestsPerDay};w=${SECONDS_A_DAY}`);
    this.#policy = policies.length > 0 ? policies.join(', ') : undefined;
    this.#textLeft = NaN;
  }

  /**
   * Mostly the same text as before, as the bucket of a client within its limits is full again at each request. To make it
   * again, in a process whose caches hold other things, takes 0.2 to 0.6 µs.
   */
  #remainingOfSecond(now: number): string {
    const left = this.#left(now);
    if (left !== this.#textLeft || this.#intervalMs > 1000) {
      this.#text = `"second";r=${Math.min(this.#burst, left * this.#tasks)};t=${this.#secondsUntil(left + 1, now)}`;
      this.#textLeft = left;
    }
    return this.#text;
  }

  #exceedsDay({ granted }: DayState): boolean {
    const { requestsPerDay } = this.#limits;
    return requestsPerDay > 0 && granted >= requestsPerDay;
  }

  #usedMs(now: number): number {
    return Math.max(0, this.#fullAt - now);
  }

  /** How many requests would be granted at once. */
  #left(now: number): number {
    return Math.floor((this.#spanMs - this.#usedMs(now) + TOLERANCE_MS) / this.#intervalMs);
  }

  /** Seconds after which so many requests would be granted at once, or as many as ever. */
  #secondsUntil(requests: number, now: number): number {
    // The next one never takes longer.
    if (this.#intervalMs <= 1000) return 1;
    const usedMs = this.#usedMs(now);
    return seconds(Math.min(usedMs, usedMs - this.#spanMs + requests * this.#intervalMs));
  }
}

/** Whole seconds, one at least, after which so many milliseconds are over. */
function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
