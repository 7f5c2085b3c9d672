/** Exit codes of the command line. */
export const exitCodes = {
  done: 0,
  /** Something could not be done; the message says what, and what would fix it. */
  failed: 1,
  /** The command line itself is wrong, or a question could not be asked. */
  usage: 2,
  /** `doctor` has found problems. */
  problems: 3,
} as const;

/** A command failed. The message is for people: what went wrong and what cures it, never a secret. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
