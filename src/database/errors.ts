import { DatabaseError } from 'pg';

/** The database cannot be reached, or cannot take the work now. Nothing was changed; trying again later makes sense. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

/** A change was sent to the database and its answer is lost: it may have been made or not. */
export class OutcomeUnknownError extends Error {
  override readonly name: string = 'OutcomeUnknownError';
}

/** A {@link DatabaseUnavailableError} with its cause. */
export function unavailable(cause: unknown): DatabaseUnavailableError {
  return new DatabaseUnavailableError('the database is not available', { cause });
}

/**
 * The error to throw where a statement has failed that is a transaction of its own.
 *
 * @param error what `pg` reports
 * @param text the statement
 */
export function statementError(error: unknown, text: string): unknown {
  if (mayHaveHadEffect(error) && !onlyReads(text))
    return new OutcomeUnknownError('the answer of the database to a change is lost', { cause: error });
  return errorWithoutEffect(error);
}

/** The error to throw where a statement has failed that cannot have had an effect, as before the end of a transaction. */
export function errorWithoutEffect(error: unknown): unknown {
  if (isRefusal(error)) {
    // One that leads to the statement, in place of one that leads to the socket.
    Error.captureStackTrace(error, errorWithoutEffect);
    return error;
  }
  return isUnsendable(error) ? error : unavailable(error);
}

/**
 * Whether the server looked at the statement and refused it. Everything else (no connection, a time-out, the SQLSTATE
 * classes connection, authorization, rollback, resources, operator intervention and system error, a standby after a
 * failover, a transaction that idled, a lock that is taken) passes by itself.
 */
export function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && !/^(08|28|40|53|57|58|25006|25P03|55P03)/.test(error.code ?? '08');
}

/**
 * Whether a statement was refused because another row has the same values.
 *
 * @param index the unique index or constraint that it violates
 */
export function isUniqueViolation(error: unknown, index: string): boolean {
  const uniqueViolation = '23505';
  return error instanceof DatabaseError && error.code === uniqueViolation && error.constraint === index;
}

/**
 * Whether a statement that failed so may have been carried out all the same. An error from the server means that it was
 * rolled back, but for those that end the session (class 08, 57P01 to 57P05), which can come after a commit too, and
 * 40003, `statement_completion_unknown`.
 */
function mayHaveHadEffect(error: unknown): boolean {
  return error instanceof DatabaseError ? /^(08|57P|40003)/.test(error.code ?? '08') : !isUnsendable(error);
}

/** Whether a value has no form in SQL, which is a fault of the program. Such a statement is not sent. */
function isUnsendable(error: unknown): boolean {
  return error instanceof TypeError;
}

/**
 * Whether a statement changes nothing, by its words; where they leave a doubt, it may. A function that is called in a
 * SELECT is taken to change nothing: call one that does in a transaction.
 */
function onlyReads(text: string): boolean {
  return /^\s*(SELECT|WITH)\b/i.test(text) && !/\b(INSERT|UPDATE|DELETE|INTO)\b|;\s*\S/i.test(text);
}
