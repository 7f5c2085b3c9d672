import type { ClientBase, QueryResult, QueryResultRow } from 'pg';
import type { DatabaseObserver } from './database-observer';

/** Longer than the server's own bound, so that it may say what it gave up on. */
const ANSWER_TIMEOUT_MS = 6_000;

/** How a statement is run. */
export interface StatementOptions {
  /** Time after which we give up on a server that says nothing at all. */
  readonly timeoutMs?: number | undefined;
  readonly observer?: DatabaseObserver | undefined;
}

/**
 * Runs a statement on a connection, and gives what is taken of its result, or the error of one that failed or brought no
 * answer in time.
 *
 * `pg` could do both, with a promise of its own and `query_timeout`. But what it then leaves behind holds all rows until
 * the old generation is collected, and to move them there took a tenth of a request.
 */
export function runStatement<Row extends QueryResultRow, T>(
  client: ClientBase,
  text: string,
  values: readonly unknown[],
  take: (result: QueryResult<Row>) => T,
  { timeoutMs = ANSWER_TIMEOUT_MS, observer }: StatementOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    let isOver = false;
    const end = (error: Error | null): boolean => {
      if (isOver) return false;
      isOver = true;
      clearTimeout(timer);
      observer?.ranStatement(text, from, performance.now(), error ?? undefined);
      if (error) reject(error);
      return error === null;
    };
    const timer = setTimeout(() => end(new Error('no answer in time')), timeoutMs);
    client.query<Row>(text, [...values], (error: Error | null, result) => {
      if (end(error)) resolve(take(result));
    });
  });
}

/** The rows of a result. */
export function rowsOf<Row extends QueryResultRow>({ rows }: QueryResult<Row>): Row[] {
  return rows;
}
