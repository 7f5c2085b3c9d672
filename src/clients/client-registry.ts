import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Caller } from '../auth/caller';
import { InvalidTokenError } from '../auth/errors';
import { type ConnectionOptions, Database } from '../database/database';
import { ClientsUnavailableError } from './errors';
import { effectiveLimits, type Limits, type OwnLimits } from './limits';

const POLL_INTERVAL_MS = 1_000;
const POLL_TIMEOUT_MS = 2_000;
/** A task that was not heard of for so long counts as gone; it does not trust its own snapshot any more either. */
const FORGET_SECONDS = 5;
/** After so long the row of a task that is gone is deleted. */
const DELETE_AFTER_SECONDS = 60;

/** A client that may call. */
export interface AdmittedClient {
  /** The app client's id. */
  readonly id: string;
  /** `null` where the registry does not have it: the configuration lists it. */
  readonly name: string | null;
  readonly limits: Limits;
}

/** A client of the registry. */
interface RegisteredClient extends AdmittedClient {
  readonly enabled: boolean;
  readonly deleted: boolean;
  /** Seconds since the epoch: tokens issued then or before are refused. */
  readonly tokensValidFrom: number | null;
}

interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly deleted: boolean;
  readonly tokens_valid_from: number | null;
  readonly limits: OwnLimits;
  readonly version: string;
}

export interface ClientRegistryOptions {
  readonly connection: ConnectionOptions;
  /** App clients that may call though the registry does not have them. */
  readonly listedClientIds: readonly string[];
  /** Limits of clients that have none of their own. */
  readonly defaultLimits: Limits;
  /** How old the snapshot may become while the registry cannot be read. */
  readonly maxStaleSeconds: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** What health checks and metrics show. */
export interface ClientRegistryStatus {
  /**
   * - `never_read`: there is no snapshot, so no client is admitted
   * - `stale`: the registry could not be read for some seconds; the snapshot serves
   * - `too_stale`: no client is admitted, until the registry has been read
   */
  readonly state: 'current' | 'stale' | 'too_stale' | 'never_read';
  /** Seconds since the registry was last read; `undefined` before the first time. */
  readonly ageSeconds: number | undefined;
  readonly version: number;
  readonly clients: number;
  /** Tasks that are running, this one included. */
  readonly tasks: number;
}

/**
 * The clients that may call, as PostgreSQL has them. All of them are in memory, and a statement a second asks whether that
 * is still so; it is this task's heartbeat too.
 *
 * While PostgreSQL cannot be reached the last snapshot serves, for a bounded time. A task that was not running for some
 * seconds, and so may have missed a change, admits no client until it has asked.
 */
export class ClientRegistry {
  readonly #options: ClientRegistryOptions;
  readonly #database: Database;
  readonly #taskId = randomUUID();
  readonly #listed: ReadonlyMap<string, AdmittedClient>;
  readonly #clients = new Map<string, RegisteredClient>();
  #version = -1;
  #tasks = 1;
  /** When PostgreSQL was last found to be away, or the task to have been stopped; then the task count may be too low. */
  #interruptedAt = -Infinity;
  /** On the monotonic clock, in milliseconds, as all that follow. */
  #readAt = -Infinity;
  #lastPollFailed = false;
  #databaseClock: { readonly epochMs: number; readonly at: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #polls = 0;

  constructor(options: ClientRegistryOptions) {
    this.#options = options;
    const { connection, listedClientIds, defaultLimits: limits, log } = options;
    // A connection of its own, so that requests that use all of theirs cannot keep a change from being taken up.
    this.#database = new Database({ ...connection, poolSize: 1, answerTimeoutMs: POLL_TIMEOUT_MS, log });
    this.#listed = new Map(listedClientIds.map((id) => [id, { id, name: null, limits }]));
  }

  /** Reads the registry, and goes on doing so until {@link stop}. Resolves after the first attempt; never rejects. */
  async start(): Promise<void> {
    await this.#poll();
  }

  /** Reads no more, and lets the other tasks know that this one is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (!this.#lastPollFailed)
      await this.#database.query('DELETE FROM tasks WHERE id = $1', [this.#taskId]).catch(() => undefined);
    await this.#database.close();
  }

  /**
   * The client of a valid token. Answers from memory.
   *
   * @throws InvalidTokenError `client_not_allowed`, `client_disabled` or `token_revoked`
   * @throws ClientsUnavailableError if there is no snapshot that may be used
   */
  admit({ clientId, issuedAt }: Caller): AdmittedClient {
    const now = performance.now();
    if (now - this.#readAt > FORGET_SECONDS * 1000 && !this.#mayServeStale(now))
      throw new ClientsUnavailableError();
    const client = this.#clients.get(clientId);
    if (!client) {
      const listed = this.#listed.get(clientId);
      if (!listed) throw new InvalidTokenError('client_not_allowed');
      return listed;
    }
    if (client.deleted) throw new InvalidTokenError('client_not_allowed');
    if (!client.enabled) throw new InvalidTokenError('client_disabled');
    if (client.tokensValidFrom !== null && !(issuedAt !== undefined && issuedAt > client.tokensValidFrom))
      throw new InvalidTokenError('token_revoked');
    return client;
  }

  /** Whether the registry or the configuration has a client, deleted ones aside. */
  has(clientId: string): boolean {
    return this.#clients.get(clientId)?.deleted === false || this.#listed.has(clientId);
  }

  /** Tasks that are running, this one included. */
  get tasks(): number {
    return this.#tasks;
  }

  /** The time of PostgreSQL in milliseconds since the epoch, which no change of this machine's clock moves. */
  now(): number {
    const clock = this.#databaseClock;
    return clock ? clock.epochMs + performance.now() - clock.at : Date.now();
  }

  status(): ClientRegistryStatus {
    const now = performance.now();
    const age = now - this.#readAt;
    const isCurrent = age <= FORGET_SECONDS * 1000;
    const neverRead = this.#version < 0;
    return {
      state: neverRead ? 'never_read' : isCurrent ? 'current' : this.#mayServeStale(now) ? 'stale' : 'too_stale',
      ageSeconds: neverRead ? undefined : age / 1000,
      version: Math.max(0, this.#version),
      clients: this.#clients.size,
      tasks: this.#tasks,
    };
  }

  /** A snapshot serves on only after a poll has failed: without one, this task was not running and has missed them. */
  #mayServeStale(now: number): boolean {
    return this.#lastPollFailed && now - this.#readAt <= this.#options.maxStaleSeconds * 1000;
  }

  async #poll(): Promise<void> {
    const startedAt = performance.now();
    let isUpToDate = true;
    try {
      isUpToDate = await withTimeout(this.#read(startedAt), POLL_TIMEOUT_MS);
      if (this.#lastPollFailed) this.#options.log.info('client registry is read again');
      this.#lastPollFailed = false;
    } catch (error) {
      if (this.#stopped) return;
      this.#interruptedAt = performance.now();
      // A poll that took longer than it can was interrupted together with this task, and says nothing about PostgreSQL.
      isUpToDate = this.#interruptedAt - startedAt < 2 * POLL_TIMEOUT_MS;
      if (isUpToDate) this.#noteFailure(error);
    }
    if (this.#stopped) return;
    // A change is confirmed at once.
    this.#timer = setTimeout(() => void this.#poll(), isUpToDate ? POLL_INTERVAL_MS : 0);
  }

  #noteFailure(error: unknown): void {
    if (!this.#lastPollFailed) this.#options.log.warn({ err: error }, 'client registry cannot be read');
    this.#lastPollFailed = true;
  }

  /** @returns whether nothing new was found */
  async #read(startedAt: number): Promise<boolean> {
    // So that a task which was stopped for a while does not take others, stopped with it, for gone.
    if (startedAt - this.#readAt > FORGET_SECONDS * 1000) this.#interruptedAt = startedAt;
    const { version, tasks, epochMs } = await this.#beat();
    this.#databaseClock = { epochMs, at: (startedAt + performance.now()) / 2 };
    const hasChanged = version > this.#version;
    if (hasChanged) await this.#takeUp(version);
    // From here on the snapshot has everything that was committed before the statement began.
    this.#readAt = startedAt;
    if (startedAt - this.#interruptedAt > FORGET_SECONDS * 1000) this.#tasks = tasks;
    else this.#tasks = Math.max(this.#tasks, tasks);
    return !hasChanged;
  }

  /** The heartbeat. Losing one in a crash of PostgreSQL does no harm, so its commit waits for no disk. */
  async #beat(): Promise<{ version: number; tasks: number; epochMs: number }> {
    if (this.#polls++ % DELETE_AFTER_SECONDS === 0)
      await this.#database.query(
        `DELETE FROM tasks WHERE seen_at < now() - interval '${DELETE_AFTER_SECONDS} seconds'`,
      );
    const [row] = await this.#database.query<{ version: string; tasks: string; epoch_ms: number }>(
      `WITH beat AS (
         INSERT INTO tasks (id, confirmed_version, seen_at) VALUES ($1, $2, now())
         ON CONFLICT (id) DO UPDATE SET confirmed_version = excluded.confirmed_version, seen_at = excluded.seen_at
       )
       SELECT version, set_config('synchronous_commit', 'off', true), extract(epoch FROM now())::float8 * 1000 AS epoch_ms,
         1 + (SELECT count(*) FROM tasks WHERE id <> $1 AND seen_at > now() - interval '${FORGET_SECONDS} seconds') AS tasks
       FROM client_registry`,
      [this.#taskId, this.#version],
    );
    if (!row) throw new Error('the client registry has no version');
    return { version: Number(row.version), tasks: Number(row.tasks), epochMs: row.epoch_ms };
  }

  async #takeUp(version: number): Promise<void> {
    const rows = await this.#database.query<ClientRow>(
      `SELECT id, name, enabled, deleted, extract(epoch FROM tokens_valid_from)::float8 AS tokens_valid_from, limits, version
       FROM clients WHERE version > $1 ORDER BY version`,
      [this.#version],
    );
    for (const row of rows) this.#clients.set(row.id, this.#toClient(row));
    const last = rows.at(-1);
    this.#version = Math.max(version, last ? Number(last.version) : 0);
    this.#options.log.info({ version: this.#version, changed: rows.length }, 'client registry taken up');
  }

  #toClient({ id, name, enabled, deleted, tokens_valid_from, limits }: ClientRow): RegisteredClient {
    return {
      id,
      name,
      enabled,
      deleted,
      tokensValidFrom: tokens_valid_from,
      limits: effectiveLimits(limits, this.#options.defaultLimits),
    };
  }
}

/** Rejects when a promise has not settled within so many milliseconds. */
async function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
