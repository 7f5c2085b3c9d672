import type { Client } from 'pg';
import { until } from './until';

/**
 * Resolves when so many connections to the client's database wait for a lock.
 *
 * The client may be in a transaction, in which the server would show it the same picture again and again.
 */
export function lockWaiters(client: Client, count: number): Promise<true> {
  return until(`${count} to wait for a lock`, async () => {
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rowCount === count;
  });
}
