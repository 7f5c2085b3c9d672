import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { run } from '../../client/run';
import type { Surroundings } from '../../client/terminal';

const INFRA = join(__dirname, '..', '..');

/** How a command ended, and what it wrote. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command finds around it. */
export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  /** What is written to its standard input. */
  readonly input?: string;
  /** Whether that is a person at a terminal. */
  readonly tty?: boolean;
}

/** Runs commands with `--local` against the stand-in on a port. */
export class CommandLine {
  readonly #env: Readonly<Record<string, string>>;

  constructor(port: string) {
    this.#env = { LOCAL_COGNITO_PORT: port };
  }

  /** In this process. */
  async run(args: readonly string[], { env, input, tty }: Around = {}): Promise<Outcome> {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end(input);
    const isTTY = tty ?? false;
    const streams = {
      stdin: Object.assign(stdin, { isTTY }),
      stdout,
      stderr: Object.assign(stderr, { isTTY }),
    };
    const surroundings = { ...streams, env: { ...this.#env, ...env } } as unknown as Surroundings;
    const exitCode = await run(['--local', ...args], surroundings);
    stdout.end();
    stderr.end();
    return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
  }

  /** As a process of its own. */
  async spawn(args: readonly string[], around: Around = {}): Promise<Outcome> {
    return spawnClient(['--local', ...args], { ...around, env: { ...this.#env, ...around.env } });
  }

  /** The value that a command prints with `--json`. @throws Error with its message if it fails */
  async json<Value>(...args: readonly string[]): Promise<Value> {
    const { exitCode, stdout, stderr } = await this.run(['--json', ...args]);
    if (exitCode !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Value;
  }
}

/** Runs a command as `npm run client` does, with the given environment and little else. */
export async function spawnClient(args: readonly string[], { env, input }: Around = {}): Promise<Outcome> {
  const child = spawn(
    process.execPath,
    ['-r', 'ts-node/register/transpile-only', 'client/main.ts', ...args],
    {
      cwd: INFRA,
      env: { PATH: process.env['PATH'], ...env },
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
