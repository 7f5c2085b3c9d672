/** Follows the use of the database. Times are those of `performance.now()`, in milliseconds. */
export interface DatabaseObserver {
  /** A connection was waited for. The error, if there is none. */
  waitedForConnection(from: number, to: number, error?: unknown): void;
  /** A statement was run: its text, which has no values. The error, if it failed. */
  ranStatement(text: string, from: number, to: number, error?: unknown): void;
}
