import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { prettyFactory } from 'pino-pretty';

/** A program that this process has started. */
export interface Child {
  /** Resolves when it has ended, with a sentence that describes how. */
  readonly exited: Promise<string>;
  /** Terminates it, and waits until it and its descendants have ended; kills them after three seconds. */
  readonly stop: () => Promise<void>;
  /** Kills it and its descendants. */
  readonly kill: () => void;
}

export interface ChildOptions {
  /** Its name in messages. */
  name: string;
  /** The TypeScript file to run, relative to the project's root. */
  script: string;
  /** Its environment, in addition to what every program needs. */
  env: Record<string, string>;
  /** Restart it when its source changes. */
  watch?: boolean;
  /** Do not print the restarts. */
  quiet?: boolean;
}

const project = resolve(__dirname, '..');
const format = prettyFactory({ ignore: 'pid,hostname', singleLine: true, colorize: process.stdout.isTTY });
const typescript = ['-r', 'ts-node/register/transpile-only', '-r', join(__dirname, 'end-with-parent.ts')];

/** Starts a TypeScript program without a build. Its log lines are printed in a readable form. */
export function startChild({ name, script, env, watch = false, quiet = false }: ChildOptions): Child {
  const restarter = watch ? [require.resolve('ts-node-dev/lib/bin'), '--respawn', '--transpile-only'] : [];
  if (watch && quiet) restarter.push('--quiet');
  const child = spawn(process.execPath, [...typescript, ...restarter, script], {
    cwd: project,
    env: { ...inherited(), ...env },
    // end-with-parent.ts watches the channel.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In a separate process group: the terminal's Ctrl-C reaches only this process, which then stops its children in
    // order, and a child can be killed together with its own children.
    detached: true,
  });
  for (const input of [child.stdout, child.stderr]) {
    // Read to its end even when it cannot be printed: otherwise the child never counts as closed.
    if (input) createInterface({ input }).on('line', (line) => process.stdout.write(format(line)));
  }
  const exited = once(child, 'exit').then(
    ([code, signal]) => `${name} ended (${signal ?? `exit code ${code}`}).`,
  );
  // Fires when the last process that holds its output has ended, which includes its descendants.
  const closed = once(child, 'close');

  function kill(): void {
    try {
      process.kill(-(child.pid ?? NaN), 'SIGKILL');
    } catch {
      // It has already ended.
    }
  }

  return {
    exited,
    kill,
    async stop() {
      const timeout = setTimeout(kill, 3_000);
      child.kill('SIGTERM');
      await closed;
      clearTimeout(timeout);
    },
  };
}

function inherited(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_OPTIONS } = process.env;
  return { PATH, HOME, TMPDIR, NODE_OPTIONS };
}
