import type { ClientBase, QueryResult, QueryResultRow } from 'pg';

/** Longer than the server's own bound, so that it may say what it gave up on. */
const ANSWER_TIMEOUT_MS = 6_000;

/**
 * Runs a statement on a connection, and gives what is taken of its result, or the error of one that failed or brought no
 * answer in time.
 *
 * `pg` could do both, with a promise of its own and `query_timeout`. But what it then leaves behind holds all rows until
 * the old generation is collected, and to move them there took a tenth of a request.
 *
 * @param timeoutMs time after which we give up on a server that says nothing at all
 */
export function runStatement<Row extends QueryResultRow, T>(
  client: ClientBase,
  text: string,
  values: readonly unknown[],
  take: (result: QueryResult<Row>) => T,
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
    client.query<Row>(text, [...values], (error: Error | null, result) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(take(result));
    });
  });
}

/** The rows of a result. */
export function rowsOf<Row extends QueryResultRow>({ rows }: QueryResult<Row>): Row[] {
  return rows;
}
