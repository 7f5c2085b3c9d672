import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { run } from '../../run';
import type { ProcessStreams } from '../../terminal';
import { WITH_SERVICE_RESOURCES } from './emulator';

const ROOT = join(__dirname, '..', '..', '..');

/** How a command ended, and what it wrote. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment and input of a command. */
export interface CommandInput {
  readonly env?: Readonly<Record<string, string>>;
  /** What is written to its standard input. */
  readonly input?: string;
  /** Whether that is a terminal. */
  readonly tty?: boolean;
}

/** Runs commands with `--local` against the emulator on a port. */
export class CommandLine {
  readonly #env: Readonly<Record<string, string>>;

  /** @param directory where `.local` is */
  constructor(port: string, directory: string) {
    this.#env = { LOCAL_COGNITO_PORT: port, LOCAL_DIRECTORY: directory };
  }

  /** Runs a command in this process. */
  async run(args: readonly string[], { env, input, tty }: CommandInput = {}): Promise<Outcome> {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end(input);
    const isTTY = tty ?? false;
    const streams = {
      stdin: Object.assign(stdin, { isTTY }),
      stdout,
      stderr: Object.assign(stderr, { isTTY }),
      env: { ...this.#env, ...env },
    } as unknown as ProcessStreams;
    const exitCode = await run(['--local', ...args], streams);
    stdout.end();
    stderr.end();
    return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
  }

  /** Runs a command as a separate process. */
  async spawn(args: readonly string[], input: CommandInput = {}): Promise<Outcome> {
    return spawnClient(['--local', ...args], { ...input, env: { ...this.#env, ...input.env } });
  }

  /**
   * Gives the value that a command prints with `--json`.
   *
   * @throws Error with its message if it fails
   */
  async json<Value>(...args: readonly string[]): Promise<Value> {
    const { exitCode, stdout, stderr } = await this.run(['--json', ...args]);
    if (exitCode !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Value;
  }
}

/** Runs a command as `npm run client` does, with the resources of the tests, and no environment but the given one and PATH. */
export async function spawnClient(
  args: readonly string[],
  { env, input }: CommandInput = {},
): Promise<Outcome> {
  const child = spawn(
    process.execPath,
    ['-r', 'ts-node/register/transpile-only', 'onboarding/main.ts', ...args],
    {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...WITH_SERVICE_RESOURCES, ...env },
    },
  );
  child.stdin.end(input);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { exitCode, stdout, stderr };
}
