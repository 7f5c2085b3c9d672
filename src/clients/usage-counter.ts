import type { Logger } from 'pino';
import { type ConnectionOptions, Database } from '../database/database';
import { OutcomeUnknownError } from '../database/errors';
import { type Day, DayUsage, type WrittenCounts, type UsageCounts } from './day-usage';
import { settled } from './settled';

const FLUSH_INTERVAL_MS = 1_500;
const STATEMENT_TIMEOUT_MS = 2_000;
/** How old the counts of other tasks may be where a client asks for its own. */
const FRESH_MS = 2_000;
/** Clients of one statement, so that it holds up neither this task nor, by its locks, another for long. */
const MAX_CLIENTS_OF_STATEMENT = 1_000;

const DAY_MS = 86_400_000;
/** Days in memory, at most. There is more than one only around midnight, or while PostgreSQL is away. */
const MAX_DAYS = 3;
/** Longer than the requests of a day go on after its end. */
const KEEP_AFTER_END_MS = 60_000;

/** Days in PostgreSQL. */
export const KEEP_DAYS = 400;
const DELETE_INTERVAL_MS = 3_600_000;
const MAX_DELETED_ROWS = 1_000;

const COUNTS = 'requests::float8, refused::float8, limited::float8, granted::float8';

export interface UsageCounterOptions {
  readonly connection: ConnectionOptions;
  /** The time of PostgreSQL in milliseconds since the epoch, which decides what day it is. */
  readonly now: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** A day whose counts are in memory. */
interface CountedDay extends Day {
  readonly usages: Map<string, DayUsage>;
  endsAt: number;
}

/**
 * Counts the requests of each client by UTC day. Counting happens in memory. Every 1.5 s what is new is added to PostgreSQL,
 * which gives back the counts of all tasks.
 *
 * Nothing is counted twice: counts of a statement whose answer is lost are not written again. They may be lost, as are those
 * of the last two seconds of a task that is killed. While PostgreSQL cannot be reached counts are kept, those of three days
 * at most, and written later.
 */
export class UsageCounter {
  readonly #options: UsageCounterOptions;
  readonly #database: Database;
  readonly #days = new Map<number, CountedDay>();
  #today: CountedDay = { number: -Infinity, endsAt: -Infinity, usages: new Map() };
  readonly #readings = new Map<DayUsage, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #flushing = Promise.resolve();
  #stopped = false;
  #lastFlushFailed = false;
  /** Anywhere within the interval, so that tasks that are replaced often delete too, and rarely two at once. */
  #deleteAt = performance.now() + Math.random() * DELETE_INTERVAL_MS;
  #flushes = 0;
  #failures = 0;

  constructor(options: UsageCounterOptions) {
    this.#options = options;
    const { connection, log } = options;
    // One connection of its own: requests that use all of theirs do not hold it up, and no answer overtakes another.
    this.#database = new Database({
      ...connection,
      poolSize: 1,
      queryTimeoutMs: STATEMENT_TIMEOUT_MS,
      log,
    });
  }

  /** Writes what is counted from now on, until {@link stop}. */
  start(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#flushing = this.#flush().finally(() => this.start());
    }, FLUSH_INTERVAL_MS);
  }

  /**
   * Stops writing. Where PostgreSQL answers in time, it gets the last counts.
   *
   * @param timeoutMs the longest that these are waited for
   */
  async stop(timeoutMs = 500): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const last = this.#flushing.then(() => (this.#lastFlushFailed ? undefined : this.#flush()));
    await settled(last, timeoutMs);
    await this.#database.close();
  }

  /**
   * What a client has used of the current day.
   *
   * @param clientId of a client that is listed or registered, so that their number is bounded
   * @param now by the monotonic clock
   */
  of(clientId: string, now: number): DayUsage {
    if (now >= this.#today.endsAt) this.#setToday(now);
    const { usages } = this.#today;
    let usage = usages.get(clientId);
    if (!usage) {
      usage = new DayUsage(clientId, this.#today);
      usages.set(clientId, usage);
    }
    return usage;
  }

  /**
   * What a client has used today: what this task has counted, and what others had written two seconds ago. While PostgreSQL
   * is away, what this task knows.
   */
  async today(clientId: string): Promise<UsageCounts> {
    const now = performance.now();
    const usage = this.of(clientId, now);
    if (!this.#lastFlushFailed && now - usage.readAt > FRESH_MS) await this.#reading(usage);
    return usage.counts;
  }

  /** For metrics: attempts to write, and those that failed. */
  get status(): { readonly flushes: number; readonly failures: number } {
    return { flushes: this.#flushes, failures: this.#failures };
  }

  /** Follows PostgreSQL's clock, back too. */
  #setToday(now: number): void {
    const epochMs = this.#options.now();
    const number = Math.floor(epochMs / DAY_MS);
    const day = this.#days.get(number) ?? { number, endsAt: 0, usages: new Map<string, DayUsage>() };
    day.endsAt = now + (number + 1) * DAY_MS - epochMs;
    this.#days.set(number, day);
    this.#today = day;
    for (const [oldest, { usages }] of this.#days) {
      if (this.#days.size <= MAX_DAYS) break;
      this.#days.delete(oldest);
      this.#options.log.warn({ day: dateOf(oldest), clients: usages.size }, 'usage of a day is lost');
    }
  }

  async #flush(): Promise<void> {
    const now = performance.now();
    this.#setToday(now);
    const batches = [...this.#days.values()].flatMap(toBatches);
    if (batches.length === 0) return;
    this.#flushes += 1;
    try {
      for (const batch of batches) await this.#write(batch);
      if (now >= this.#deleteAt) await this.#deleteOld(now);
    } catch (error) {
      this.#noteFailure(error);
      return;
    }
    if (this.#lastFlushFailed) this.#options.log.info('usage can be written again');
    this.#lastFlushFailed = false;
    for (const { number, endsAt } of this.#days.values())
      if (now - endsAt > KEEP_AFTER_END_MS) this.#days.delete(number);
  }

  #noteFailure(error: unknown): void {
    this.#failures += 1;
    if (!this.#lastFlushFailed && !this.#stopped)
      this.#options.log.warn({ err: error }, 'usage cannot be written');
    this.#lastFlushFailed = true;
  }

  /** Adds what is new to what PostgreSQL has. Rows are locked in the order of their ids, or tasks would deadlock. */
  async #write({ day, usages }: Batch): Promise<void> {
    const taken = usages.map((usage) => ({ usage, counts: usage.takeUnwritten() }));
    const column = (name: keyof WrittenCounts) => taken.map(({ counts }) => counts[name]);
    const askedAt = performance.now();
    try {
      const rows = await this.#database.query<WrittenCounts & { client_id: string }>(
        `INSERT INTO client_usage AS usage (day, client_id, requests, refused, limited, granted)
         SELECT date 'epoch' + $1::integer, counts.*
         FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
           AS counts (client_id, requests, refused, limited, granted)
         ORDER BY client_id COLLATE "C"
         ON CONFLICT (day, client_id) DO UPDATE SET
           requests = usage.requests + excluded.requests, refused = usage.refused + excluded.refused,
           limited = usage.limited + excluded.limited, granted = usage.granted + excluded.granted
         RETURNING client_id, ${COUNTS}`,
        [
          day.number,
          usages.map(({ clientId }) => clientId),
          column('requests'),
          column('refused'),
          column('limited'),
          column('granted'),
        ],
      );
      for (const { client_id: id, ...written } of rows) day.usages.get(id)?.setWritten(written, askedAt);
    } catch (error) {
      // Where it is not known whether they were added, they are not added once more.
      if (!(error instanceof OutcomeUnknownError))
        for (const { usage, counts } of taken) usage.putBack(counts);
      throw error;
    }
  }

  /** Deletes some of what is too old, which another task may be doing too. */
  async #deleteOld(now: number): Promise<void> {
    const [row] = await this.#database.query<{ deleted: number }>(
      `WITH deleted AS (
         DELETE FROM client_usage WHERE (day, client_id) IN (
           SELECT day, client_id FROM client_usage WHERE day < date 'epoch' + $1::integer
           ORDER BY day, client_id LIMIT ${MAX_DELETED_ROWS} FOR UPDATE SKIP LOCKED
         ) RETURNING 1
       )
       SELECT count(*)::integer AS deleted FROM deleted`,
      [this.#today.number - KEEP_DAYS],
    );
    if (row && row.deleted < MAX_DELETED_ROWS) this.#deleteAt = now + DELETE_INTERVAL_MS;
  }

  /** Reads what a client has used, once for all who ask meanwhile. */
  #reading(usage: DayUsage): Promise<void> {
    const current = this.#readings.get(usage);
    if (current) return current;
    const reading = this.#read(usage)
      .catch(() => undefined)
      .finally(() => this.#readings.delete(usage));
    this.#readings.set(usage, reading);
    return reading;
  }

  async #read(usage: DayUsage): Promise<void> {
    const askedAt = performance.now();
    const [row] = await this.#database.query<WrittenCounts & object>(
      `SELECT ${COUNTS} FROM client_usage WHERE day = date 'epoch' + $1::integer AND client_id = $2`,
      [usage.day, usage.clientId],
    );
    if (row) usage.setWritten(row, askedAt);
  }
}

/** Usages of a day that one statement writes. */
interface Batch {
  readonly day: CountedDay;
  readonly usages: readonly DayUsage[];
}

/** What is to be written of a day. */
function toBatches(day: CountedDay): Batch[] {
  const changed = [...day.usages.values()].filter(({ hasUnwritten }) => hasUnwritten);
  const batches: Batch[] = [];
  while (changed.length > 0) batches.push({ day, usages: changed.splice(0, MAX_CLIENTS_OF_STATEMENT) });
  return batches;
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
