import type { Logger } from 'pino';
import { KeysUnavailableError } from './errors';
import { fetchJwks } from './fetch-jwks';
import { parseJwks, sameKeys, type VerificationKeys } from './jwks';

/** After a fetch that an unknown `kid` caused, the time in which no other may. */
const UNKNOWN_KID_COOL_DOWN_MS = 10_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** Where the keys come from, and how old they may be. */
export interface JwksClientOptions {
  readonly url: string;
  /** Time between two fetches that succeed; shortened at random by up to a tenth, so that tasks do not fetch in step. */
  readonly refreshSeconds: number;
  /** Age at which the last good keys stop serving. */
  readonly maxStaleSeconds: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** What a health check and the metrics want to know. */
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

/**
 * The keys of a user pool: fetched ahead of need, refreshed in the background, kept through an outage for a bounded time.
 *
 * Reading the keys never waits. A fetch that fails, or brings no usable key, leaves the last good keys in place and is
 * tried again after 0.5 s, then after twice the time before, up to 10 s.
 */
export class JwksClient {
  readonly #options: JwksClientOptions;
  readonly #stopping = new AbortController();
  #keys: VerificationKeys | undefined;
  #keysFetchedAt = 0;
  #skipped = 0;
  #fetches = 0;
  #failures = 0;
  #failuresInARow = 0;
  #inFlight: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextFetchAt = 0;
  #unknownKidFetchAt = -Infinity;

  constructor(options: JwksClientOptions) {
    this.#options = options;
  }

  /** Fetches the keys, and goes on fetching them until {@link stop}. Resolves after the first attempt, whatever came of it. */
  async start(): Promise<void> {
    await this.#fetch();
  }

  /** Ends the refreshing and a fetch that is under way. */
  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  /**
   * The keys to verify with.
   *
   * @param now milliseconds since the epoch
   * @throws KeysUnavailableError if none were ever fetched, or the last good ones are too old
   */
  getKeys(now: number): VerificationKeys {
    if (!this.#keys || this.#isTooOld(now)) throw this.unavailable(now);
    return this.#keys;
  }

  /** Whether the newest fetch failed: then an unknown `kid` may be a key that we could not get. */
  get lastFetchFailed(): boolean {
    return this.#failuresInARow > 0;
  }

  /** The error for a token that cannot be judged now; tells the caller to come back after the next attempt. */
  unavailable(now: number): KeysUnavailableError {
    return new KeysUnavailableError(Math.max(1, Math.ceil((this.#nextFetchAt - now) / 1000)));
  }

  /**
   * For a `kid` that {@link getKeys} does not hold: waits for the fetch under way, or starts one and waits for it.
   * Resolves at once within 10 s of the last fetch that an unknown `kid` caused, and while a failed fetch waits for its
   * turn. Never rejects.
   */
  async refetch(): Promise<void> {
    if (!this.#inFlight) {
      const now = Date.now();
      const since = now - this.#unknownKidFetchAt;
      // Less than none: the clock was set back.
      const isTooSoon = since >= 0 && since < UNKNOWN_KID_COOL_DOWN_MS;
      if (this.lastFetchFailed || isTooSoon) return;
      this.#unknownKidFetchAt = now;
    }
    await this.#fetch();
  }

  status(): JwksStatus {
    const now = Date.now();
    const usable = this.#keys !== undefined && !this.#isTooOld(now);
    return {
      state: !usable ? 'unavailable' : this.lastFetchFailed ? 'stale' : 'fresh',
      ageSeconds: this.#keys && (now - this.#keysFetchedAt) / 1000,
      keys: this.#keys?.size ?? 0,
      skipped: this.#skipped,
      fetches: this.#fetches,
      failures: this.#failures,
    };
  }

  #isTooOld(now: number): boolean {
    return now - this.#keysFetchedAt > this.#options.maxStaleSeconds * 1000;
  }

  /** One fetch at a time: who comes while one is under way shares it. Never rejects. */
  #fetch(): Promise<void> {
    return (this.#inFlight ??= this.#fetchOnce().finally(() => {
      this.#inFlight = undefined;
    }));
  }

  async #fetchOnce(): Promise<void> {
    clearTimeout(this.#timer);
    this.#fetches += 1;
    try {
      this.#adopt(parseJwks(await fetchJwks(this.#options.url, this.#stopping.signal)));
    } catch (error) {
      this.#failures += 1;
      this.#failuresInARow += 1;
      if (!this.#stopping.signal.aborted)
        this.#options.log.warn({ err: error, failuresInARow: this.#failuresInARow }, 'key set not fetched');
    }
    this.#schedule();
  }

  #adopt({ keys, skipped }: { keys: VerificationKeys; skipped: number }): void {
    this.#keysFetchedAt = Date.now();
    this.#failuresInARow = 0;
    this.#skipped = skipped;
    if (this.#keys && sameKeys(this.#keys, keys)) return;
    this.#keys = keys;
    this.#options.log.info({ kids: [...keys.keys()], skipped }, 'key set changed');
  }

  #schedule(): void {
    if (this.#stopping.signal.aborted) return;
    const delay = this.lastFetchFailed
      ? Math.min(FIRST_RETRY_MS * 2 ** (this.#failuresInARow - 1), LONGEST_RETRY_MS)
      : this.#options.refreshSeconds * 1000 * (1 - Math.random() / 10);
    this.#nextFetchAt = Date.now() + delay;
    this.#timer = setTimeout(() => void this.#fetch(), delay);
  }
}
