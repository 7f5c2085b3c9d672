import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { CommandError, exitCodes } from './command-error';

/** The streams of a process, and its environment. */
export type ProcessStreams = Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout' | 'stderr'>;

/**
 * Output and questions of a command: the result goes to standard output, everything else to standard error. For programs
 * (`--json`) the result and the failure are a JSON document each, and there is nothing else.
 */
export class Terminal {
  readonly #streams: ProcessStreams;
  readonly #json: boolean;

  constructor(streams: ProcessStreams, json: boolean) {
    this.#streams = streams;
    this.#json = json;
  }

  /** Prints the result: the value for programs, the text for people. */
  print(value: unknown, description: string): void {
    this.#streams.stdout.write(`${this.#json ? JSON.stringify(value, null, 2) : description}\n`);
  }

  /** Prints a line of the result, whatever `--json` says. */
  printRaw(line: string): void {
    this.#streams.stdout.write(`${line}\n`);
  }

  /** Prints what people should know beside the result. */
  note(line: string): void {
    if (!this.#json) this.#streams.stderr.write(`${line}\n`);
  }

  /** Prints why the command failed. */
  fail(message: string, exitCode: number, code?: string): void {
    const failure = { error: message, code, exitCode };
    this.#streams.stderr.write(`${this.#json ? JSON.stringify(failure, null, 2) : message}\n`);
  }

  /**
   * Asks before something is destroyed.
   *
   * @param yes whether `--yes` has answered already
   * @throws CommandError if the answer is not yes, or standard input is not a terminal
   */
  async confirm(question: string, yes: boolean): Promise<void> {
    if (yes) return;
    const { stdin: input, stderr: output } = this.#streams;
    if (!input.isTTY)
      throw new CommandError(
        `${question} Standard input is not a terminal: answer with --yes.`,
        exitCodes.usage,
      );
    const prompt = createInterface({ input, output });
    try {
      // Ctrl-C and Ctrl-D are no answer: at a terminal the question fails, elsewhere the input only ends.
      const closed = once(prompt, 'close').then(() => '');
      const asked = prompt.question(`${question} [y/N] `).catch(() => '');
      const answer = await Promise.race([asked, closed]);
      if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Nothing was changed.');
    } finally {
      prompt.close();
    }
  }

  /** All of standard input. */
  async readInput(): Promise<string> {
    return text(this.#streams.stdin);
  }
}
