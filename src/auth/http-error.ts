/**
 * An error that tells a caller something, and is no fault of the program. It has no stack: nobody would read it, and it
 * takes longer to make than the answer.
 */
export abstract class HttpError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
