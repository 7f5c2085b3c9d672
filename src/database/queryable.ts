import type { QueryResultRow } from 'pg';

/** What statements run on: a `Database`, where each is on its own, or a transaction of one. */
export interface Queryable {
  /**
   * Runs one statement; its values are never part of its text. A `timestamptz` of its rows is text in UTC, as
   * `2026-11-26T20:15:30.250Z`.
   *
   * @returns the rows that it selects, or gives back by `RETURNING`
   * @throws DatabaseUnavailableError if the statement has had no effect: the server cannot be reached, or cannot take
   *   the work now
   * @throws OutcomeUnknownError if the statement may have had its effect: it was sent, and its answer is lost
   * @throws DatabaseError (of `pg`) if the server refuses the statement
   */
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A statement whose values every driver can send, so that it fails nowhere but on the server. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | number | Buffer | null)[];
}

/** What statements also run together on. A store works on either: a `Database` or a transaction of one. */
export interface Transactional extends Queryable {
  /**
   * Runs statements that take effect together or not at all. On a `Database` that is a transaction of their own. In a
   * transaction they join it, and take effect with all the rest of it; where the work rejects, nothing of that takes effect,
   * even if the rejection is caught.
   *
   * @param work gets what to run its statements on; once it has settled, nothing can be run there any more
   * @returns what the work resolves with
   * @throws what the work rejects with, or what {@link query} throws
   */
  transaction<T>(work: (transaction: Transactional) => Promise<T>): Promise<T>;
}
