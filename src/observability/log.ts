import pino, { type DestinationStream, type Logger } from 'pino';

/** What the log tells of an error. */
interface ErrorLine {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string | undefined;
  readonly cause?: ErrorLine;
}

/**
 * The log of the service: a JSON object a line, with the time in ISO 8601 and the level in words. Before the process
 * exits, `flush()` writes its last lines.
 *
 * @param level least severe level that is written
 * @param destination where to, if not to standard output
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: isoTimes(),
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorLine },
  };
  return pino(options, destination ?? standardOutput());
}

/**
 * Standard output, written to once in a turn of the event loop: the system call costs more than all else about a line.
 * Until then lines are lost with a process that is killed, and need `flush()` before one that exits.
 */
function standardOutput(): DestinationStream & { flush(): void } {
  // Synchronous, so that a reader that is gone cannot keep us from ending.
  const output = pino.destination({ dest: 1, sync: true });
  let lines = '';
  const flush = () => {
    const waiting = lines;
    lines = '';
    if (waiting !== '') output.write(waiting);
  };
  return {
    write(line) {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
    flush,
  };
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
 * PostgreSQL tells the rows of a table.
 */
function errorLine(error: unknown): ErrorLine {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'something that is no error was thrown' };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: name, message, ...code, stack, ...(cause !== undefined && { cause: errorLine(cause) }) };
}
