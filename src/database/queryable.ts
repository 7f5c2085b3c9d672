import type { QueryResultRow } from 'pg';

/** What statements run on: a `Database`, where each is on its own, or a transaction of one. A store works on either. */
export interface Queryable {
  /**
   * Runs one statement; its values are never part of its text.
   *
   * @returns the rows that it selects, or gives back by `RETURNING`
   * @throws DatabaseUnavailableError if the statement has had no effect: the server cannot be reached, or cannot take
   *   the work now
   * @throws OutcomeUnknownError if the statement may have had its effect: it was sent, and its answer is lost
   * @throws DatabaseError (of `pg`) if the server refuses the statement
   */
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}
