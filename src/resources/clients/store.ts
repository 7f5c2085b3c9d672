import type { Range } from '../../api/paging';
import type { Precondition, Versioned, WriteConflict } from '../../api/versioned';
import { FORGET_SECONDS } from '../../clients/client-registry';
import { KEEP_DAYS } from '../../clients/usage-counter';
import { type LimitColumns, toOwnLimits } from '../../clients/limits';
import type { Queryable, Transactional } from '../../database/queryable';
import { changesBetween, type ClientState, patched, replaced, revoked } from './client-state';
import type { Client, ClientDefinition, ClientEvent, ClientPatch, ClientUsage } from './schema';
import type { UsageDays } from './usage-days';

/** Why a change to a client was not made. */
export type ClientConflict = WriteConflict | 'own_client';

/** Who makes a change, by which request, and when it may be made. */
export interface ChangeRequest {
  readonly actor: ClientEvent['actor'];
  readonly requestId: string;
  readonly precondition: Precondition;
}

/** A change that was made. */
export interface ClientChange extends Versioned<Client> {
  readonly created: boolean;
  /** `undefined` where everything was so already. */
  readonly event: ClientEvent | undefined;
}

/**
 * The clients of the registry. Each change is a transaction, with the event that records it and the next version of the
 * registry, which is then the version of the client. What changes nothing makes neither.
 *
 * A client that makes a change cannot shut itself out by it: `own_client`.
 */
export interface ClientStore {
  /** Clients in the order of their ids, from the first after `after`. */
  list(range: Range): Promise<Client[]>;
  find(id: string): Promise<Versioned<Client> | undefined>;
  /** Creates a client, or replaces what is known of it. One that was deleted is created again, and its tokens stay revoked. */
  put(
    id: string,
    definition: ClientDefinition,
    request: ChangeRequest,
  ): Promise<ClientChange | ClientConflict>;
  update(id: string, patch: ClientPatch, request: ChangeRequest): Promise<ClientChange | ClientConflict>;
  /** Revokes every token that was issued in this second or before, by PostgreSQL's clock. */
  revokeTokens(id: string, request: ChangeRequest): Promise<ClientChange | ClientConflict>;
  /** Leaves a tombstone, which keeps the client out also where the configuration lists it. Its tokens are revoked. */
  delete(id: string, request: ChangeRequest): Promise<ClientChange | ClientConflict>;
  /** What was changed, from the newest before `after`; also of a client that was deleted. */
  events(id: string, range: Range): Promise<ClientEvent[] | 'not_found'>;
  /**
   * What was used on each of some days. A client that is only listed is found once it has called.
   *
   * @param daysOf gives the days, by the current one
   */
  usage(id: string, daysOf: (today: number) => UsageDays): Promise<ClientUsage['data'] | 'not_found'>;
}

/** A client before a change. */
interface Before {
  /** Whether it exists; one that was deleted does not. */
  readonly exists: boolean;
  readonly state: Partial<ClientState>;
}

/** What a change makes of a client. */
interface Plan {
  readonly action: ClientEvent['action'];
  readonly after: ClientState;
}

interface ClientRow extends LimitColumns {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly deleted: boolean;
  readonly tokens_valid_from: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly tasks: number;
  readonly confirmed: number;
}

interface EventRow {
  readonly version: number;
  readonly at: string;
  readonly actor_client_id: string;
  readonly actor_subject: string;
  readonly action: ClientEvent['action'];
  readonly changes: ClientEvent['changes'];
  readonly request_id: string;
}

const LIVE_TASKS = `SELECT count(*)::integer FROM service_tasks
  WHERE seen_at > statement_timestamp() - interval '${FORGET_SECONDS} seconds'`;
const COLUMNS = `clients.id, name, enabled, deleted, tokens_valid_from, requests_per_second, burst, requests_per_day,
  version, created_at, updated_at,
  (${LIVE_TASKS}) AS tasks, (${LIVE_TASKS} AND confirmed_version >= clients.version) AS confirmed`;
const GREATEST_VERSION = 2 ** 31 - 1;

/** Clients in PostgreSQL, in the tables of the client registry. */
export function postgresClientStore(sql: Transactional): ClientStore {
  /** Makes a change, if it is one. */
  function change(
    id: string,
    { actor, requestId, precondition }: ChangeRequest,
    plan: (before: Before, now: string) => Plan | 'not_found',
  ): Promise<ClientChange | ClientConflict> {
    return sql.transaction(async (transaction) => {
      // Until the end of the transaction, so that changes are made one after another, in the order of their versions.
      await transaction.query('SELECT FROM client_registry FOR UPDATE');
      const { row, now } = await read(transaction, id);
      const existing = row?.deleted === false ? row : undefined;
      const before = { exists: existing !== undefined, state: stateBefore(row) };
      const planned = plan(before, now);
      if (planned === 'not_found') return planned;
      if (!precondition(existing?.version)) return 'version_mismatch';
      if (actor.clientId === id && shutsOut(planned)) return 'own_client';

      const { action, after } = planned;
      const changes = changesBetween(before.state, after);
      if (existing && action !== 'deleted' && Object.keys(changes).length === 0)
        return { ...toVersioned(existing), created: false, event: undefined };
      const createdAt = existing?.created_at ?? now;
      const event = { at: now, actor, action, changes, requestId };
      const version = await write(transaction, id, { createdAt, after, event });
      const { row: written } = await read(transaction, id);
      if (!written) throw new Error('a client that was written cannot be read');
      return { ...toVersioned(written), created: !existing, event: { id: String(version), ...event } };
    });
  }

  const ifExists =
    (action: Plan['action'], after: (before: ClientState, now: string) => ClientState) =>
    ({ exists, state }: Before, now: string): Plan | 'not_found' =>
      exists ? { action, after: after(state as ClientState, now) } : 'not_found';

  return {
    async list({ limit, after = '' }) {
      const rows = await sql.query<ClientRow>(
        `SELECT ${COLUMNS} FROM clients WHERE id > $1 AND NOT deleted ORDER BY id LIMIT $2`,
        [after, limit],
      );
      return rows.map((row) => toVersioned(row).item);
    },

    async find(id) {
      const { row } = await read(sql, id);
      return row?.deleted === false ? toVersioned(row) : undefined;
    },

    put: (id, definition, request) =>
      change(id, request, ({ exists, state }) => ({
        action: exists ? 'changed' : 'created',
        after: replaced(state, definition),
      })),

    update: (id, patch, request) =>
      change(
        id,
        request,
        ifExists('changed', (before) => patched(before, patch)),
      ),

    revokeTokens: (id, request) => change(id, request, ifExists('tokens_revoked', revoked)),

    delete: (id, request) => change(id, request, ifExists('deleted', revoked)),

    async events(id, { limit, after = GREATEST_VERSION }) {
      const { row } = await read(sql, id);
      if (!row) return 'not_found';
      const rows = await sql.query<EventRow>(
        `SELECT version, at, actor_client_id, actor_subject, action, changes, request_id
         FROM client_events WHERE client_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3`,
        [id, after, limit],
      );
      return rows.map(toEvent);
    },

    async usage(id, daysOf) {
      const [found] = await sql.query<{ today: number; exists: boolean }>(
        `SELECT today - date 'epoch' AS today, coalesce(
           (SELECT NOT deleted FROM clients WHERE id = $1),
           EXISTS (SELECT FROM generate_series(0, $2) AS ago JOIN client_usage ON day = today - ago WHERE client_id = $1)
         ) AS exists
         FROM (SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date AS today) AS clock`,
        [id, KEEP_DAYS],
      );
      if (!found?.exists) return 'not_found';
      const { first, last } = daysOf(found.today);
      // Day by day, as the days of all clients lie together.
      return sql.query<ClientUsage['data'][number]>(
        `SELECT to_char(day, 'YYYY-MM-DD') AS day,
           requests::float8 AS requests, refused::float8 AS refused, limited::float8 AS limited
         FROM generate_series($2::integer, $3::integer) AS number
         JOIN client_usage ON day = date 'epoch' + number AND client_id = $1
         ORDER BY number`,
        [id, first, last],
      );
    },
  };
}

/** A client, also one that was deleted, and the time of PostgreSQL. */
async function read(
  sql: Queryable,
  id: string,
): Promise<{ readonly row: ClientRow | undefined; readonly now: string }> {
  const [row] = await sql.query<(ClientRow | { readonly id: null }) & { readonly now: string }>(
    `SELECT now, ${COLUMNS} FROM (SELECT statement_timestamp() AS now) clock LEFT JOIN clients ON id = $1`,
    [id],
  );
  if (!row) throw new Error('PostgreSQL did not give its time');
  return { row: row.id === null ? undefined : row, now: row.now };
}

/** Writes a client and the event of its change. Gives the version that both have. */
async function write(
  transaction: Queryable,
  id: string,
  {
    createdAt,
    after: { name, enabled, limits, tokensValidFrom },
    event: { at, actor, action, changes, requestId },
  }: {
    readonly createdAt: string;
    readonly after: ClientState;
    readonly event: Omit<ClientEvent, 'id'>;
  },
): Promise<number> {
  const [row] = await transaction.query<{ version: number }>(
    `WITH next AS (
       UPDATE client_registry SET version = version + 1 RETURNING version
     ), client AS (
       INSERT INTO clients (id, name, enabled, deleted, tokens_valid_from,
         requests_per_second, burst, requests_per_day, created_at, updated_at, version)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, version FROM next
       ON CONFLICT (id) DO UPDATE SET
         (name, enabled, deleted, tokens_valid_from, requests_per_second, burst, requests_per_day,
           created_at, updated_at, version)
         = (excluded.name, excluded.enabled, excluded.deleted, excluded.tokens_valid_from,
           excluded.requests_per_second, excluded.burst, excluded.requests_per_day,
           excluded.created_at, excluded.updated_at, excluded.version)
     )
     INSERT INTO client_events (client_id, version, at, actor_client_id, actor_subject, action, changes, request_id)
     SELECT $1, version, $10, $11, $12, $13, $14, $15 FROM next
     RETURNING version`,
    [
      id,
      name,
      enabled,
      action === 'deleted',
      tokensValidFrom,
      limits?.requestsPerSecond,
      limits?.burst,
      limits?.requestsPerDay,
      createdAt,
      at,
      actor.clientId,
      actor.subject,
      action,
      changes,
      requestId,
    ],
  );
  if (!row) throw new Error('the client registry has no version');
  return row.version;
}

/** What there was of a client; of one that was deleted, since when its tokens are valid. */
function stateBefore(row: ClientRow | undefined): Partial<ClientState> {
  if (!row) return {};
  const { name, enabled, deleted, tokens_valid_from: tokensValidFrom } = row;
  return deleted ? { tokensValidFrom } : { name, enabled, limits: toOwnLimits(row), tokensValidFrom };
}

function shutsOut({ action, after }: Plan): boolean {
  return action === 'deleted' || action === 'tokens_revoked' || !after.enabled;
}

function toVersioned(row: ClientRow): Versioned<Client> {
  const { id, name, enabled, tokens_valid_from, created_at, updated_at, tasks, confirmed, version } = row;
  const item = {
    id,
    name,
    enabled,
    tokensValidFrom: tokens_valid_from,
    limits: toOwnLimits(row),
    createdAt: created_at,
    updatedAt: updated_at,
    inForce: { tasks, confirmed },
  };
  return { item, version };
}

function toEvent({ version, at, actor_client_id, actor_subject, action, changes, request_id }: EventRow) {
  return {
    id: String(version),
    at,
    actor: { clientId: actor_client_id, subject: actor_subject },
    action,
    changes,
    requestId: request_id,
  };
}
