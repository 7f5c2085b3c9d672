import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../local/free-port';
import { pinned } from './cores';

/** What a process has used since it started. */
export interface Usage {
  readonly cpuMicroseconds: number;
  readonly residentBytes: number;
}

/** Where `tsconfig.subjects.json` puts the compiled subjects. */
const COMPILED = join(__dirname, 'dist');
const PATIENCE_MS = 20_000;

/** The options that `npm start` gives to Node. */
const { scripts } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
  readonly scripts: { readonly start: string };
};
const SERVICE_OPTIONS = scripts.start.split(' ').filter((word) => word.startsWith('--'));

/** The process of a subject, on the subjects' core. */
export class Subject {
  readonly name: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly #child: ChildProcess;
  #stderr = '';

  private constructor(name: string, port: number, metricsPort: number, child: ChildProcess) {
    this.name = name;
    this.port = port;
    this.metricsPort = metricsPort;
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
  }

  /**
   * Starts one; resolves when it is ready to be asked.
   *
   * @param program a file of `subjects/` without its extension, or the absolute path of the service's
   * @param environment all that the process sees of one, beside `PATH` and its ports
   * @throws Error with what it wrote to standard error
   */
  static async start(name: string, program: string, environment: Readonly<Record<string, string>>) {
    const [port, metricsPort] = await Promise.all([findFreePort(), findFreePort()]);
    const script = resolve(COMPILED, program);
    const options = program.startsWith('service') || isAbsolute(program) ? SERVICE_OPTIONS : [];
    const [command = '', ...args] = pinned([
      process.execPath,
      ...options,
      '-r',
      join(COMPILED, 'usage'),
      script,
    ]);
    const child = spawn(command, args, {
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        ...environment,
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
      },
      // The log goes to /dev/null: making a line and writing it is measured, not who reads it.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const subject = new Subject(name, port, metricsPort, child);
    await subject.#ready();
    return subject;
  }

  /** What the process has used so far. */
  usage(): Promise<Usage> {
    return this.#ask('usage') as Promise<Usage>;
  }

  /** Asks it to end, and waits until it has. */
  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }

  /** Of one that works with a part of its program and without it by turns: what the part has cost, pair of turns by pair. */
  differences(): Promise<number[]> {
    return this.#ask('differences') as Promise<number[]>;
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    if (this.#hasEnded()) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #ask(question: string): Promise<unknown> {
    this.#child.send(question);
    const [answer] = (await once(this.#child, 'message')) as [unknown];
    return answer;
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Those that know of no readiness are ready as soon as they answer anything. */
  async #ready(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!this.#hasEnded() && performance.now() < end) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer && answer.status !== 503) return;
      await delay(5);
    }
    await this.stop();
    throw new Error(`${this.name} did not start:\n${this.#stderr}`);
  }
}
