import type { Logger } from 'pino';
import { pendingMigrations } from './migrate';
import type { Database } from './database';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const INTERVAL_MS = 5_000;

/**
 * - `unreached`: no connection yet since the start
 * - `schema_behind`: reached, but migrations are pending
 * - `ready`
 * - `lost`: it was ready and cannot be reached now
 */
export type DatabaseState = 'unreached' | 'schema_behind' | 'ready' | 'lost';

/** What a monitor watches, and how. */
export interface DatabaseMonitorOptions {
  readonly database: Database;
  /** Brings the schema up to date; tried again with the rest until it succeeds. Without it, someone else has to. */
  readonly migrate: (() => Promise<unknown>) | undefined;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Watches the database in the background, so that a health check can answer without asking it. */
export class DatabaseMonitor {
  readonly #options: DatabaseMonitorOptions;
  #state: DatabaseState = 'unreached';
  /** Looks since it was ready. */
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: DatabaseMonitorOptions) {
    this.#options = options;
  }

  get state(): DatabaseState {
    return this.#state;
  }

  /** Looks at the database now, and goes on until {@link stop}. Resolves after the first look; never rejects. */
  async start(): Promise<void> {
    this.#attempts += 1;
    try {
      this.#enter(await this.#look());
    } catch (error) {
      this.#options.log.warn({ err: error, attempts: this.#attempts }, 'database check failed');
      if (this.#state === 'ready') this.#enter('lost');
    }
    if (this.#stopped) return;
    if (this.#state === 'ready') this.#attempts = 0;
    const retry = Math.min(FIRST_RETRY_MS * 2 ** (this.#attempts - 1), LONGEST_RETRY_MS);
    this.#timer = setTimeout(() => void this.start(), this.#state === 'ready' ? INTERVAL_MS : retry);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<DatabaseState> {
    const { database, migrate } = this.#options;
    if (this.#state === 'ready' || this.#state === 'lost') {
      await database.query('SELECT 1');
      return 'ready';
    }
    let pending = await pendingMigrations(database);
    if (pending.length > 0 && migrate) {
      this.#enter('schema_behind');
      await migrate();
      pending = await pendingMigrations(database);
    }
    return pending.length === 0 ? 'ready' : 'schema_behind';
  }

  #enter(state: DatabaseState): void {
    if (state === this.#state) return;
    this.#options.log.info({ from: this.#state, to: state }, 'database state changed');
    this.#state = state;
  }
}
