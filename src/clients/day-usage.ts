import type { DayState } from './client-limiter';

/** Requests of a client on one day. */
export interface UsageCounts {
  /** All with a valid token. */
  readonly requests: number;
  /** Those answered 401 or 403. */
  readonly refused: number;
  /** Those answered 429. */
  readonly limited: number;
}

/** {@link UsageCounts}, and what counts towards the quota of the day: requests of an admitted client within its limits. */
export interface WrittenCounts extends UsageCounts {
  readonly granted: number;
}

/** A UTC day. */
export interface Day {
  /** Days since the epoch. */
  readonly number: number;
  /** By the monotonic clock, in milliseconds. */
  readonly endsAt: number;
}

/** What one client has used of a day, by all tasks, as far as this task knows. */
export class DayUsage implements DayState {
  readonly clientId: string;
  readonly #day: Day;
  #requests = 0;
  #refused = 0;
  #limited = 0;
  #granted = 0;
  /** That of it which PostgreSQL has, may have, or is about to get. */
  #written: WrittenCounts = { requests: 0, refused: 0, limited: 0, granted: 0 };
  #readAt = -Infinity;

  constructor(clientId: string, day: Day) {
    this.clientId = clientId;
    this.#day = day;
  }

  get granted(): number {
    return this.#granted;
  }

  /** The day: days since the epoch. */
  get day(): number {
    return this.#day.number;
  }

  /** When the day ends, by the monotonic clock. */
  get endsAt(): number {
    return this.#day.endsAt;
  }

  /** When PostgreSQL was last asked, by the monotonic clock. */
  get readAt(): number {
    return this.#readAt;
  }

  get counts(): UsageCounts {
    return { requests: this.#requests, refused: this.#refused, limited: this.#limited };
  }

  /** Counts a request of an admitted client that is within its limits. */
  countGranted(): void {
    this.#requests += 1;
    this.#granted += 1;
  }

  /** Counts one beyond the limits. */
  countLimited(): void {
    this.#requests += 1;
    this.#limited += 1;
  }

  /** Counts one of a client that is not admitted. */
  countNotAdmitted(): void {
    this.#requests += 1;
    this.#refused += 1;
  }

  /** Counts that a request which was granted is answered 403. */
  countForbidden(): void {
    this.#refused += 1;
  }

  /** Whether there is anything to write. */
  get hasUnwritten(): boolean {
    return this.#requests !== this.#written.requests || this.#refused !== this.#written.refused;
  }

  /** Gives what was not written, and takes it for written from now on. */
  takeUnwritten(): WrittenCounts {
    const { requests, refused, limited, granted } = this.#written;
    this.#written = {
      requests: this.#requests,
      refused: this.#refused,
      limited: this.#limited,
      granted: this.#granted,
    };
    return {
      requests: this.#requests - requests,
      refused: this.#refused - refused,
      limited: this.#limited - limited,
      granted: this.#granted - granted,
    };
  }

  /** Puts back what was taken, and has not been written. */
  putBack(taken: WrittenCounts): void {
    const { requests, refused, limited, granted } = this.#written;
    this.#written = {
      requests: requests - taken.requests,
      refused: refused - taken.refused,
      limited: limited - taken.limited,
      granted: granted - taken.granted,
    };
  }

  /**
   * Takes up what PostgreSQL has of all tasks. What this task has not written yet is added to it.
   *
   * @param at when PostgreSQL was asked, by the monotonic clock
   */
  setWritten(written: WrittenCounts, at: number): void {
    const { requests, refused, limited, granted } = this.#written;
    this.#requests += written.requests - requests;
    this.#refused += written.refused - refused;
    this.#limited += written.limited - limited;
    this.#granted += written.granted - granted;
    this.#written = written;
    this.#readAt = at;
  }
}
