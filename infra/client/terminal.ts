import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { exitCodes, Failure } from './failure';

/** The streams of a process, and its environment. */
export type Surroundings = Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout' | 'stderr'>;

/** How a command speaks: its result to standard output, everything else to standard error. */
export class Terminal {
  readonly #streams: Surroundings;
  readonly #wantsJson: () => boolean;

  /** @param wantsJson asked when there is a result, since the command line has been read by then */
  constructor(streams: Surroundings, wantsJson: () => boolean) {
    this.#streams = streams;
    this.#wantsJson = wantsJson;
  }

  /** The result: with `--json` the value as one document, else the text for people. */
  print(value: unknown, forPeople: string): void {
    this.#streams.stdout.write(`${this.#wantsJson() ? JSON.stringify(value, null, 2) : forPeople}\n`);
  }

  /** The result, whatever `--json` says. */
  printRaw(line: string): void {
    this.#streams.stdout.write(`${line}\n`);
  }

  /** What people should know beside the result. */
  note(line: string): void {
    this.#streams.stderr.write(`${line}\n`);
  }

  /**
   * Asks before something is destroyed.
   *
   * @param yes whether `--yes` has answered already
   * @throws Failure if the answer is not yes, or there is nobody to ask
   */
  async confirm(question: string, yes: boolean): Promise<void> {
    if (yes) return;
    const { stdin: input, stderr: output } = this.#streams;
    if (!input.isTTY)
      throw new Failure(`${question} Nobody is there to answer: --yes does.`, exitCodes.usage);
    const prompt = createInterface({ input, output });
    try {
      // Ctrl-C and Ctrl-D are no answer: at a terminal the question fails, elsewhere the input only ends.
      const closed = once(prompt, 'close').then(() => '');
      const asked = prompt.question(`${question} [y/N] `).catch(() => '');
      const answer = await Promise.race([asked, closed]);
      if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('Nothing was changed.');
    } finally {
      prompt.close();
    }
  }

  /** All of standard input. */
  async readInput(): Promise<string> {
    return text(this.#streams.stdin);
  }
}
