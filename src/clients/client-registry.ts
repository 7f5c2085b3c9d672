import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Caller } from '../auth/caller';
import { InvalidTokenError } from '../auth/errors';
import { type ConnectionOptions, Database } from '../database/database';
import type { AdmittedClient } from './admitted-client';
import { ClientsUnavailableError } from './errors';
import { effectiveLimits, type LimitColumns, type Limits, toOwnLimits } from './limits';
import { settled } from './settled';

const POLL_INTERVAL_MS = 1_000;
const POLL_TIMEOUT_MS = 2_000;
/** What took longer was held up by this task, and says nothing about PostgreSQL. */
const LONGEST_POLL_MS = POLL_TIMEOUT_MS + 1_000;
/** A task that has not been seen for so long counts as gone. It does not trust its own snapshot any more either. */
export const FORGET_SECONDS = 5;
/** After so long the row of a task that is gone is deleted. */
const DELETE_AFTER_SECONDS = 60;
/** The longest that the end of this task waits for its row to be deleted. */
const LEAVE_TIMEOUT_MS = 100;

/** A client of the registry, a deleted one included. */
interface RegisteredClient extends AdmittedClient {
  readonly enabled: boolean;
  readonly deleted: boolean;
  /** Seconds since the epoch: tokens issued in this second or before are refused. */
  readonly tokensValidFrom: number | null;
}

interface ClientRow extends LimitColumns {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly deleted: boolean;
  readonly tokens_valid_from: number | null;
}

interface BeatRow {
  readonly registry_version: number;
  readonly tasks: number;
  readonly epoch_ms: number;
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
   * - `stale`: the registry has not been read for some seconds
   * - `too_stale`: no client is admitted until the registry has been read
   */
  readonly state: 'current' | 'stale' | 'too_stale' | 'never_read';
  /** Seconds since the registry was last read; `undefined` before the first time. */
  readonly ageSeconds: number | undefined;
  /** `undefined` before the first time. */
  readonly version: number | undefined;
  /** Clients in the snapshot, deleted ones included. */
  readonly clients: number;
  /** Running tasks, this one included. */
  readonly tasks: number;
  readonly polls: number;
  readonly failures: number;
}

/**
 * The clients that may call, as PostgreSQL has them. All of them are in memory. One statement a second reads what has
 * changed; it is also this task's heartbeat, and confirms the version that the task acts on.
 *
 * While PostgreSQL cannot be reached the last snapshot serves, for a bounded time. A task that was not running for some
 * seconds, and so may have missed a change, admits no client until it has read the registry.
 */
export class ClientRegistry {
  readonly #options: ClientRegistryOptions;
  readonly #database: Database;
  readonly #taskId = randomUUID();
  readonly #listed: ReadonlyMap<string, AdmittedClient>;
  readonly #clients = new Map<string, RegisteredClient>();
  #version = -1;
  #tasks = 1;
  /** Until then others may be running though they have not been seen: they were cut off as this task was. */
  #othersUnknownUntil = -Infinity;
  /** When the statement began that was last answered. This and all other times are of the monotonic clock, in milliseconds. */
  #readAt = -Infinity;
  #lastPollFailed = false;
  #databaseClock: { readonly epochMs: number; readonly at: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #polls = 0;
  #failures = 0;

  constructor(options: ClientRegistryOptions) {
    this.#options = options;
    const { connection, listedClientIds, defaultLimits: limits, log } = options;
    // A connection of its own, so that requests that use all of theirs cannot keep a change from being read.
    this.#database = new Database({ ...connection, poolSize: 1, queryTimeoutMs: POLL_TIMEOUT_MS, log });
    this.#listed = new Map(listedClientIds.map((id) => [id, { id, name: null, limits }]));
  }

  /** Reads the registry, and goes on doing so until {@link stop}. Resolves after the first attempt; never rejects. */
  async start(): Promise<void> {
    if (!this.#stopped) await this.#poll();
  }

  /** Stops reading. Where PostgreSQL answers at once, the other tasks need not wait to see that this one is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.#version >= 0 && !this.#lastPollFailed) await settled(this.#leave(), LEAVE_TIMEOUT_MS);
    await this.#database.close();
  }

  /**
   * Finds the client of a verified token. Answers from memory.
   *
   * @param now by the monotonic clock, in milliseconds
   * @throws InvalidTokenError `client_not_allowed`, `client_disabled` or `token_revoked`
   * @throws ClientsUnavailableError if there is no snapshot that may be used
   */
  admit({ clientId, issuedAt }: Caller, now = performance.now()): AdmittedClient {
    if (!this.#mayServe(now)) throw new ClientsUnavailableError();
    const client = this.#clients.get(clientId);
    if (!client) {
      const listed = this.#listed.get(clientId);
      if (!listed) throw new InvalidTokenError('client_not_allowed');
      return listed;
    }
    const details = { clientName: client.name ?? undefined };
    if (client.deleted) throw new InvalidTokenError('client_not_allowed', details);
    if (!client.enabled) throw new InvalidTokenError('client_disabled', details);
    if (
      client.tokensValidFrom !== null &&
      !(issuedAt !== undefined && issuedAt >= client.tokensValidFrom + 1)
    )
      throw new InvalidTokenError('token_revoked', details);
    return client;
  }

  /** The time of PostgreSQL in milliseconds since the epoch. Changes of this machine's clock do not move it. */
  now(): number {
    const clock = this.#databaseClock;
    return clock ? clock.epochMs + performance.now() - clock.at : Date.now();
  }

  /** Running tasks, this one included. */
  get tasks(): number {
    return this.#tasks;
  }

  status(): ClientRegistryStatus {
    const now = performance.now();
    const neverRead = this.#version < 0;
    return {
      state: neverRead ? 'never_read' : this.#stateAt(now),
      ageSeconds: neverRead ? undefined : (now - this.#readAt) / 1000,
      version: neverRead ? undefined : this.#version,
      clients: this.#clients.size,
      tasks: this.#tasks,
      polls: this.#polls,
      failures: this.#failures,
    };
  }

  #stateAt(now: number): 'current' | 'stale' | 'too_stale' {
    if (this.#isCurrent(now)) return 'current';
    return now - this.#readAt <= this.#options.maxStaleSeconds * 1000 ? 'stale' : 'too_stale';
  }

  #isCurrent(now: number): boolean {
    return now - this.#readAt <= FORGET_SECONDS * 1000;
  }

  /** An old snapshot serves only after a poll has failed: if none has, this task was not running. */
  #mayServe(now: number): boolean {
    return (
      this.#isCurrent(now) ||
      (this.#lastPollFailed && now - this.#readAt <= this.#options.maxStaleSeconds * 1000)
    );
  }

  async #poll(): Promise<void> {
    const startedAt = performance.now();
    this.#polls += 1;
    // So that a task that was stopped for a while does not take others, stopped with it, for gone.
    if (!this.#isCurrent(startedAt)) this.#othersUnknownUntil = startedAt + FORGET_SECONDS * 1000;
    let pause = POLL_INTERVAL_MS;
    try {
      // What is new is confirmed at once.
      if (await this.#read(startedAt)) pause = 0;
      if (this.#lastPollFailed) this.#options.log.info('client registry can be read again');
      this.#lastPollFailed = false;
    } catch (error) {
      if (this.#stopped) return;
      this.#noteFailure(startedAt, error);
    }
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#poll(), Math.max(0, startedAt + pause - performance.now()));
  }

  #noteFailure(startedAt: number, error: unknown): void {
    const now = performance.now();
    this.#failures += 1;
    this.#othersUnknownUntil = now + FORGET_SECONDS * 1000;
    if (now - startedAt > LONGEST_POLL_MS) return;
    if (!this.#lastPollFailed) this.#options.log.warn({ err: error }, 'client registry cannot be read');
    this.#lastPollFailed = true;
  }

  /** Gives whether anything was new. */
  async #read(startedAt: number): Promise<boolean> {
    const rows = await this.#beat();
    const [first] = rows;
    if (!first) throw new Error('the client registry has no version');
    const { registry_version: version, tasks, epoch_ms: epochMs } = first;
    // As after a restore from a backup. Versions of the same number are not the same then.
    if (version < this.#version)
      throw new Error(`the client registry went back from version ${this.#version} to ${version}`);
    const now = performance.now();
    this.#databaseClock = { epochMs, at: (startedAt + now) / 2 };
    this.#tasks = now > this.#othersUnknownUntil ? tasks : Math.max(this.#tasks, tasks);
    const isNew = version > this.#version;
    if (isNew) this.#takeUp(version, rows);
    // The snapshot has everything that was committed before the statement began.
    this.#readAt = startedAt;
    return isNew;
  }

  /**
   * Confirms the version that this task has, and reads what is newer. Losing a heartbeat in a crash of PostgreSQL does no
   * harm, so its commit waits for no disk.
   */
  #beat(): Promise<(BeatRow & (ClientRow | { readonly id: null }))[]> {
    return this.#database.query(
      `WITH beat AS (
         INSERT INTO service_tasks (id, confirmed_version, seen_at)
         SELECT $1::uuid, $2::integer, now() FROM set_config('synchronous_commit', 'off', true)
         ON CONFLICT (id) DO UPDATE SET confirmed_version = excluded.confirmed_version, seen_at = excluded.seen_at
       ), gone AS (
         DELETE FROM service_tasks WHERE id IN (
           SELECT id FROM service_tasks
           WHERE id <> $1 AND seen_at < now() - interval '${DELETE_AFTER_SECONDS} seconds'
           FOR UPDATE SKIP LOCKED
         )
       ), others AS (
         SELECT count(*)::integer AS count FROM service_tasks
         WHERE id <> $1 AND seen_at > now() - interval '${FORGET_SECONDS} seconds'
       )
       SELECT registry.version AS registry_version, 1 + others.count AS tasks,
         extract(epoch FROM statement_timestamp())::float8 * 1000 AS epoch_ms,
         clients.id, name, enabled, deleted, extract(epoch FROM tokens_valid_from)::float8 AS tokens_valid_from,
         requests_per_second, burst, requests_per_day
       FROM client_registry registry CROSS JOIN others LEFT JOIN clients ON clients.version > $2`,
      [this.#taskId, this.#version],
    );
  }

  #takeUp(version: number, rows: readonly (ClientRow | { readonly id: null })[]): void {
    const changed = rows.filter((row) => row.id !== null);
    for (const row of changed) this.#clients.set(row.id, this.#toClient(row));
    this.#version = version;
    this.#options.log.info({ version, changed: changed.length }, 'client registry read');
  }

  #toClient(row: ClientRow): RegisteredClient {
    const { id, name, enabled, deleted, tokens_valid_from: tokensValidFrom } = row;
    const limits = effectiveLimits(toOwnLimits(row), this.#options.defaultLimits);
    return { id, name, limits, enabled, deleted, tokensValidFrom };
  }

  async #leave(): Promise<void> {
    await this.#database.query('DELETE FROM service_tasks WHERE id = $1', [this.#taskId]);
  }
}
