import pino, { type DestinationStream, type Logger } from 'pino';

/** What the log shows of an error. */
interface ErrorLine {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string | undefined;
  readonly cause?: ErrorLine;
}

/**
 * The log of the service: a JSON object a line, with the time in ISO 8601 and the level in words.
 *
 * @param level least severe level that is written
 * @param destination where to
 */
export function createLogger(level: string, destination: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: isoTimes(),
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorLine },
  };
  return pino(options, destination);
}

/** The time of a line in ISO 8601, written out once a millisecond. */
function isoTimes(): () => string {
  let at = NaN;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

/**
 * What is known to be safe, and nothing else: libraries hang whole connections with their passwords on their errors, and
 * PostgreSQL names values of the row.
 */
function errorLine(error: unknown): ErrorLine {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'something that is no error was thrown' };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: name, message, ...code, stack, ...(cause !== undefined && { cause: errorLine(cause) }) };
}
