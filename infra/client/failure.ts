/** What the command line ends with. */
export const exitCodes = {
  done: 0,
  /** Something could not be done; the message says what, and what would mend it. */
  failed: 1,
  /** The command line itself is wrong, or a question could not be asked. */
  usage: 2,
  /** `doctor` has found problems. */
  problems: 3,
} as const;

/** A command cannot go on. The message is for people: what went wrong and what cures it, never a secret. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
