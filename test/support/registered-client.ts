import type { Queryable } from '../../src/database/queryable';

/** A client as a test wants it in the registry. */
export interface RegisteredClient {
  readonly id: string;
  readonly name?: string;
  readonly enabled?: boolean;
  readonly deleted?: boolean;
  /** Seconds since the epoch. */
  readonly tokensValidFrom?: number | null;
  readonly requestsPerSecond?: number | null;
  readonly burst?: number | null;
  readonly requestsPerDay?: number | null;
}

/**
 * Writes a client into the registry's tables.
 *
 * @returns the version that it has
 */
export async function registerClient(
  sql: Queryable,
  { id, name = id, enabled = true, deleted = false, ...rest }: RegisteredClient,
): Promise<number> {
  const { tokensValidFrom = null, requestsPerSecond = null, burst = null, requestsPerDay = null } = rest;
  const [row] = await sql.query<{ version: number }>(
    `WITH next AS (UPDATE client_registry SET version = version + 1 RETURNING version)
     INSERT INTO clients
       (id, name, enabled, deleted, tokens_valid_from, requests_per_second, burst, requests_per_day,
        version, created_at, updated_at)
     SELECT $1, $2, $3, $4, to_timestamp($5::float8), $6, $7, $8, version, now(), now() FROM next
     ON CONFLICT (id) DO UPDATE SET
       (name, enabled, deleted, tokens_valid_from, requests_per_second, burst, requests_per_day, version)
       = (excluded.name, excluded.enabled, excluded.deleted, excluded.tokens_valid_from,
          excluded.requests_per_second, excluded.burst, excluded.requests_per_day, excluded.version)
     RETURNING version`,
    [id, name, enabled, deleted, tokensValidFrom, requestsPerSecond, burst, requestsPerDay],
  );
  return row!.version;
}
