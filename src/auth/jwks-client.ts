import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { KeysUnavailableError } from './errors';
import { fetchJwks } from './fetch-jwks';
import { parseJwks, sameKeys, type VerificationKeys } from './jwks';

/** After a fetch that an unknown `kid` caused, the time in which no other may: anyone can make up a `kid`. */
const COOL_DOWN_MS = 10_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** Unknown `kid`s that are remembered, and their characters. */
const MAX_UNKNOWN_KIDS = 1_000;
const MAX_UNKNOWN_KID_CHARACTERS = 128 * 1024;

/**
 * How much longer than the time between two fetches keys must be allowed to serve: for a fetch that times out (3 s), the
 * wait for the next (0.5 s), and its answer.
 */
export const STALE_MARGIN_SECONDS = 5;

/** Where the keys come from, and how old they may be. */
export interface JwksClientOptions {
  readonly url: string;
  /** Time between two fetches that succeed; shortened at random by up to a tenth, so that tasks do not fetch in step. */
  readonly refreshSeconds: number;
  /** Age at which the last good keys stop serving; at least {@link STALE_MARGIN_SECONDS} more than `refreshSeconds`. */
  readonly maxStaleSeconds: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** For health checks and metrics. */
export interface JwksStatus {
  readonly state: 'fresh' | 'stale' | 'unavailable';
  /** Seconds since the last fetch that succeeded; `undefined` before the first. */
  readonly ageSeconds: number | undefined;
  readonly keys: number;
  /** Keys in the last good document that are not usable here. */
  readonly skipped: number;
  readonly fetches: number;
  readonly failures: number;
}

interface Fetch {
  /** Whether it was begun because an earlier one began before some `kid` was first seen. */
  readonly isFollowUp: boolean;
  /** Resolves when it is over; never rejects. */
  readonly done: Promise<void>;
}

/**
 * The keys of a user pool: fetched ahead of need, refreshed in the background, kept through an outage for a bounded time.
 *
 * Reading the keys never waits. A fetch that fails, or brings no usable key, leaves the last good keys in place and is
 * repeated after 0.5 s, then after twice the previous wait, up to 10 s.
 *
 * All times are those of the monotonic clock, in milliseconds: setting the system's clock changes no age.
 */
export class JwksClient {
  readonly #options: JwksClientOptions;
  readonly #stopping = new AbortController();
  #keys: VerificationKeys | undefined;
  #keysFetchedAt = 0;
  /** When the last fetch that succeeded began. */
  #keysRequestedAt = -Infinity;
  #skipped = 0;
  #fetches = 0;
  #failures = 0;
  #failuresInARow = 0;
  #running: Fetch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextFetchAt = 0;
  /** When each unknown `kid` was first seen. */
  readonly #unknownKids = new LRUCache<string, number>({
    max: MAX_UNKNOWN_KIDS,
    maxSize: MAX_UNKNOWN_KID_CHARACTERS,
    sizeCalculation: (_, kid) => kid.length + 1,
  });
  #coolDownEndsAt = -Infinity;

  constructor(options: JwksClientOptions) {
    this.#options = options;
  }

  /** Fetches the keys, and refreshes them until {@link stop}. Resolves after the first attempt, even if it failed. */
  async start(): Promise<void> {
    await this.#fetch();
  }

  /** Ends the refreshing and a fetch that is under way. */
  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  /**
   * The keys to verify with. Keys that are too old, though the last fetch succeeded, cause a fetch at once: their refresh is
   * late.
   *
   * @throws KeysUnavailableError if none were ever fetched, or the last good ones are too old
   */
  getKeys(): VerificationKeys {
    if (this.#keys && !this.#isTooOld()) return this.#keys;
    if (this.#keys && !this.lastFetchFailed) void this.#fetch();
    throw unavailableUntil(this.#nextFetchAt);
  }

  /** Whether the last fetch failed: then an unknown `kid` may be that of a key that could not be fetched. */
  get lastFetchFailed(): boolean {
    return this.#failuresInARow > 0;
  }

  /**
   * For a `kid` that {@link getKeys} lacks: resolves when the keys are those of a fetch that began after the `kid` was first
   * seen. If they lack it still, there is no such key.
   *
   * Waits for the fetch under way; where that began before the `kid` was first seen, and does not bring it, one more follows.
   * Otherwise starts a fetch, unless an unknown `kid` caused one in the last 10 s.
   *
   * @throws KeysUnavailableError if there can be no such fetch now: the last one failed, or the 10 s are not over
   */
  async fetchFor(kid: string): Promise<void> {
    const firstSeenAt = this.#firstSeenAt(kid);
    const isSettled = () => this.#keys?.has(kid) === true || this.#keysRequestedAt >= firstSeenAt;
    const joined = this.#running;
    if (joined) await joined.done;
    const mayFetch = joined ? !joined.isFollowUp && !isSettled() : performance.now() >= this.#coolDownEndsAt;
    if (mayFetch && !this.lastFetchFailed) {
      this.#coolDownEndsAt = performance.now() + COOL_DOWN_MS;
      await this.#fetch(joined !== undefined);
    }
    if (this.lastFetchFailed) throw unavailableUntil(this.#nextFetchAt);
    if (!isSettled()) throw unavailableUntil(this.#coolDownEndsAt);
  }

  status(): JwksStatus {
    const usable = this.#keys !== undefined && !this.#isTooOld();
    return {
      state: !usable ? 'unavailable' : this.lastFetchFailed ? 'stale' : 'fresh',
      ageSeconds: this.#keys && (performance.now() - this.#keysFetchedAt) / 1000,
      keys: this.#keys?.size ?? 0,
      skipped: this.#skipped,
      fetches: this.#fetches,
      failures: this.#failures,
    };
  }

  #isTooOld(): boolean {
    return performance.now() - this.#keysFetchedAt > this.#options.maxStaleSeconds * 1000;
  }

  #firstSeenAt(kid: string): number {
    const firstSeenAt = this.#unknownKids.get(kid) ?? performance.now();
    this.#unknownKids.set(kid, firstSeenAt);
    return firstSeenAt;
  }

  /** One fetch at a time, shared by all that ask for one. Never rejects. */
  #fetch(isFollowUp = false): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    this.#running ??= {
      isFollowUp,
      done: this.#fetchOnce().finally(() => {
        this.#running = undefined;
      }),
    };
    return this.#running.done;
  }

  async #fetchOnce(): Promise<void> {
    const beganAt = performance.now();
    clearTimeout(this.#timer);
    this.#fetches += 1;
    try {
      const { keys, skipped } = parseJwks(await fetchJwks(this.#options.url, this.#stopping.signal));
      this.#keysRequestedAt = beganAt;
      this.#keysFetchedAt = performance.now();
      this.#failuresInARow = 0;
      this.#skipped = skipped;
      this.#adopt(keys);
    } catch (error) {
      this.#failures += 1;
      this.#failuresInARow += 1;
      if (!this.#stopping.signal.aborted)
        this.#options.log.warn({ err: error, failuresInARow: this.#failuresInARow }, 'key set not fetched');
    }
    this.#schedule();
  }

  /** Keeps the old map where the keys are the same, so that its identity shows a change. */
  #adopt(keys: VerificationKeys): void {
    if (this.#keys && sameKeys(this.#keys, keys)) return;
    this.#keys = keys;
    this.#options.log.info({ kids: [...keys.keys()], skipped: this.#skipped }, 'key set changed');
  }

  #schedule(): void {
    if (this.#stopping.signal.aborted) return;
    const delay = this.lastFetchFailed
      ? Math.min(FIRST_RETRY_MS * 2 ** (this.#failuresInARow - 1), LONGEST_RETRY_MS)
      : this.#options.refreshSeconds * 1000 * (1 - Math.random() / 10);
    this.#nextFetchAt = performance.now() + delay;
    this.#timer = setTimeout(() => void this.#fetch(), delay);
  }
}

function unavailableUntil(time: number): KeysUnavailableError {
  return new KeysUnavailableError(Math.max(1, Math.ceil((time - performance.now()) / 1000)));
}
