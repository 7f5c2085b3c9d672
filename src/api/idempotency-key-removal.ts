import type { Logger } from 'pino';
import type { Queryable } from '../database/queryable';

/** How long a key is kept. */
const KEPT_HOURS = 24;
/** Few enough that no statement takes long or writes much at once. */
const KEYS_PER_STEP = 1_000;
const PAUSE_AFTER_A_FULL_STEP_MS = 50;
const PAUSE_MS = 60_000;

/** Removes idempotency keys, and the responses kept with them, after a day. One task at a time does it. */
export class IdempotencyKeyRemoval {
  readonly #database: Queryable;
  readonly #log: Pick<Logger, 'warn'>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(database: Queryable, log: Pick<Logger, 'warn'>) {
    this.#database = database;
    this.#log = log;
  }

  /** Removes what is old, and goes on doing so until {@link stop}. */
  start(): void {
    if (!this.#stopped) void this.#step();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #step(): Promise<void> {
    let pause = PAUSE_MS;
    try {
      if ((await removeOldKeys(this.#database)) === KEYS_PER_STEP) pause = PAUSE_AFTER_A_FULL_STEP_MS;
    } catch (error) {
      if (!this.#stopped) this.#log.warn({ err: error }, 'old idempotency keys cannot be removed');
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#step(), pause);
  }
}

/**
 * Removes the oldest keys that were kept long enough, up to a thousand; none while another task is at it.
 *
 * @returns how many
 */
async function removeOldKeys(database: Queryable): Promise<number> {
  const removed = await database.query(
    `WITH turn AS MATERIALIZED (
       SELECT pg_try_advisory_xact_lock('idempotency_keys'::regclass::oid::integer, 0) AS is_ours
     )
     DELETE FROM idempotency_keys WHERE id IN (
       SELECT id FROM idempotency_keys
       WHERE created_at < now() - interval '${KEPT_HOURS} hours' AND (SELECT is_ours FROM turn)
       ORDER BY created_at LIMIT ${KEYS_PER_STEP}
     )
     RETURNING 1`,
  );
  return removed.length;
}
