import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { SERVICE_VARIABLE } from './service-variable';
import { until } from './until';
import { CLIENT_ID, IDENTIFIER, LISTED_CLIENT_ID } from './user-pool';

/** The service as it runs in production, but for its ports and addresses. */
export class ServiceProcess {
  readonly child: ChildProcess;
  /** What its standard output is read from. A test may pause or destroy it. */
  readonly stdout: Readable;
  readonly #ended: Promise<Ending>;
  #hasEnded = false;
  #stdout = '';
  #stderr = '';

  /** @param environment all that the process sees of one, beside `PATH` */
  constructor(
    environment: Readonly<Record<string, string>>,
    args: readonly string[] = [],
    { stdout, stderr, launcher = [] }: ProcessOptions = {},
  ) {
    const [program = '', ...rest] = [
      ...launcher,
      process.execPath,
      join(process.env[SERVICE_VARIABLE]!, 'main.js'),
      ...args,
    ];
    this.child = spawn(program, rest, {
      cwd: '/',
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', stdout?.writer ?? 'pipe', stderr ?? 'pipe'],
    });
    this.stdout = stdout?.reader ?? this.child.stdout!;
    this.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.#hasEnded = true;
        resolve({ code, signal });
      });
    });
  }

  /** Everything that it wrote to standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The complete lines that it wrote to standard output. */
  get lines(): string[] {
    return this.#stdout.split('\n').slice(0, -1);
  }

  /** Its log so far. */
  get log(): Readonly<Record<string, unknown>>[] {
    return this.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as never);
  }

  /** The line with this message, as soon as it stands in the log. */
  async logged(message: string): Promise<Readonly<Record<string, unknown>>> {
    return until(`"${message}" in the log`, () => {
      const line = this.log.find(({ msg }) => msg === message);
      if (!line && this.#hasEnded) throw new Error(`the service has ended: ${this.#stderr}`);
      return line;
    });
  }

  /** Base URL of the API, as soon as it listens. */
  async url(): Promise<string> {
    return `http://127.0.0.1:${(await this.logged('listening'))['port'] as number}`;
  }

  /** What `/readyz` says, as soon as it says this status. */
  async readiness(status: 'ok' | 'degraded' | 'failed'): Promise<Readiness> {
    const url = await this.url();
    return until(`/readyz to be ${status}`, async () => {
      const answer = await fetch(`${url}/readyz`);
      const body = (await answer.json()) as Readiness;
      return body.status === status && { ...body, code: answer.status };
    });
  }

  /** Resolves when it has ended and written its last. */
  ended(): Promise<Ending> {
    return this.#ended;
  }

  /** Ends it, if it still runs, however it feels about that. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    this.stdout.resume();
    await this.#ended;
  }
}

/** Right for a service on free ports; a test adds what it is about. */
export function serviceEnvironment(
  own: Readonly<{ COGNITO_JWKS_URI: string; DATABASE_URL: string } & Record<string, string>>,
): Record<string, string> {
  return {
    PORT: '0',
    METRICS_PORT: '0',
    HOST: '127.0.0.1',
    COGNITO_USER_POOL_ID: 'eu-central-1_Test00001',
    COGNITO_CLIENT_IDS: `${CLIENT_ID},${LISTED_CLIENT_ID}`,
    RESOURCE_SERVER_IDENTIFIER: IDENTIFIER,
    SHUTDOWN_DELAY_SECONDS: '0',
    // One that no test reaches unless it is about that.
    RATE_LIMIT_PER_SECOND: '1000000',
    RATE_LIMIT_BURST: '1000000',
    ...own,
  };
}

/** What a process is started with, where a test is about that. */
export interface ProcessOptions {
  /** Descriptor of its standard output, and the stream that reads what is written there; otherwise a socket. */
  readonly stdout?: { readonly writer: number; readonly reader: Readable };
  /** Descriptor of its standard error; otherwise a socket that is read. */
  readonly stderr?: number;
  /** A program, with its arguments, that starts the one given by the arguments after those. */
  readonly launcher?: readonly string[];
}

/** The value of `NODE_OPTIONS` that loads a file of `preloads/` before the service. */
export function preload(name: string): string {
  return `--require=${join(__dirname, 'preloads', `${name}.js`)}`;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The answer of `/readyz`, with its status code. */
export interface Readiness {
  readonly code: number;
  readonly status: string;
  readonly checks: Readonly<Record<string, { status: string; reason?: string }>>;
}
