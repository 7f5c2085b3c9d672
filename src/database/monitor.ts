import type { Logger } from 'pino';
import { type ConnectionOptions, Database } from './database';
import { appliedMigrations, type Migration } from './migrations';

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
  readonly connection: ConnectionOptions;
  /** What the schema needs. */
  readonly migrations: readonly Migration[];
  /** Brings the schema up to date; tried again with the rest until it succeeds. Without it, someone else has to. */
  readonly migrate: (() => Promise<unknown>) | undefined;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Watches the database in the background, so that a health check can answer without asking it. It has a connection of its
 * own, so that requests that use all of theirs do not look like a database that is lost.
 */
export class DatabaseMonitor {
  readonly #options: DatabaseMonitorOptions;
  readonly #database: Database;
  #state: DatabaseState = 'unreached';
  /** Looks since it was ready. */
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: DatabaseMonitorOptions) {
    this.#options = options;
    this.#database = new Database({ ...options.connection, poolSize: 1, log: options.log });
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
      if (this.#stopped) return;
      this.#options.log.warn({ err: error, attempts: this.#attempts }, 'database check failed');
      if (this.#state === 'ready') this.#enter('lost');
    }
    if (this.#stopped) return;
    if (this.#state === 'ready') this.#attempts = 0;
    const retry = Math.min(FIRST_RETRY_MS * 2 ** (this.#attempts - 1), LONGEST_RETRY_MS);
    this.#timer = setTimeout(() => void this.start(), this.#state === 'ready' ? INTERVAL_MS : retry);
  }

  /** Looks no more, and closes its connection, also under a look. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#database.close();
  }

  async #look(): Promise<DatabaseState> {
    const { migrate } = this.#options;
    if (this.#state === 'ready') {
      await this.#database.query('SELECT 1');
      return 'ready';
    }
    if (await this.#isUpToDate()) return 'ready';
    if (!migrate) return 'schema_behind';
    this.#enter('schema_behind');
    await migrate();
    return (await this.#isUpToDate()) ? 'ready' : 'schema_behind';
  }

  async #isUpToDate(): Promise<boolean> {
    const applied = await appliedMigrations(this.#database);
    return this.#options.migrations.every(({ name }) => applied.has(name));
  }

  #enter(state: DatabaseState): void {
    if (state === this.#state) return;
    this.#options.log.info({ from: this.#state, to: state }, 'database state changed');
    this.#state = state;
  }
}
