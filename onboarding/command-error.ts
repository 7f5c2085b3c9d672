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

/** A command failed. The message is for people: what went wrong and what fixes it, never a secret. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exitCode: number;
  /** For programs: the code with which the API or the token endpoint refuses, where one did. */
  readonly code: string | undefined;

  constructor(message: string, exitCode: number = exitCodes.failed, code?: string) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
  }
}
