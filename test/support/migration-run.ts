import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { SERVICE_VARIABLE } from './service-variable';
import { until } from './until';

/** How a run of the migrations ended. */
export type MigrationResult =
  { readonly applied: string[] } | { readonly error: { readonly name: string; readonly message: string } };

/** What runs in the process: node-pg-migrate is an ES module, which Jest does not load. */
const PROGRAM = `
const [service, url, lockWaitMs, ...folders] = process.argv.slice(1);
const { migrate } = require(service + '/database/migrate.js');
const { findMigrations } = require(service + '/database/migrations.js');
const print = (line) => process.stdout.write(JSON.stringify(line) + '\\n');
const log = { info: (...args) => print({ msg: args.at(-1) }) };
const connection = { server: { connectionString: url }, ca: undefined };
migrate(connection, findMigrations(folders), { log, lockWaitMs: Number(lockWaitMs) }).then(
  (applied) => print({ result: { applied } }),
  ({ name, message }) => print({ result: { error: { name, message } } }),
);`;

/** Applies the migrations of some folders in a process of its own, as a task does. */
export class MigrationRun {
  /** How it ended. */
  readonly result: Promise<MigrationResult>;
  readonly #child: ChildProcess;
  #output = '';

  constructor(url: string, folders: readonly string[], { lockWaitMs = 20_000 } = {}) {
    const args = [process.env[SERVICE_VARIABLE]!, url, String(lockWaitMs), ...folders];
    this.#child = spawn(process.execPath, ['-e', PROGRAM, ...args], {
      cwd: join(__dirname, '..', '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.result = new Promise((resolve, reject) => {
      this.#child.once('close', () => {
        const last = this.#lines.find(({ result }) => result)?.result;
        if (last) resolve(last);
        else reject(new Error(`the run ended without a result: ${this.#output}`));
      });
    });
  }

  /** Resolves when it has logged this message. */
  logged(message: string): Promise<true> {
    return until(`"${message}" in the log`, () => this.messages.includes(message));
  }

  /** The messages that it has logged. */
  get messages(): string[] {
    return this.#lines.flatMap(({ msg }) => msg ?? []);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  get #lines(): { readonly msg?: string; readonly result?: MigrationResult }[] {
    return this.#output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as never);
  }
}
