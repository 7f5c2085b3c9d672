import { type Serializable, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { prettyFactory } from 'pino-pretty';

/** A program that runs beside this process. */
export interface Child {
  /** Resolves when it has ended, for whatever reason, with a sentence that says how. */
  readonly exited: Promise<string>;
  /** Asks it to end, and waits until it and all that it started are gone; kills them after three seconds. */
  readonly stop: () => Promise<void>;
  /** Ends it and all that it started at once. */
  readonly kill: () => void;
}

export interface ChildOptions {
  /** What people know it as. */
  name: string;
  /** The TypeScript file to run, relative to the project. */
  script: string;
  /** Its whole environment, apart from what every program needs. */
  env: Record<string, string>;
  /** Start it anew whenever its source changes. */
  watch?: boolean;
  /** Answers a message that it sends. */
  answer?: (message: unknown) => Promise<Serializable>;
}

const project = resolve(__dirname, '..');
const format = prettyFactory({ ignore: 'pid,hostname', singleLine: true, colorize: process.stdout.isTTY });
const typescript = ['-r', 'ts-node/register/transpile-only', '-r', join(__dirname, 'end-with-parent.ts')];

/** Starts a TypeScript program without a build. Its log lines are printed in a form for people. */
export function startChild({ name, script, env, watch = false, answer }: ChildOptions): Child {
  const restarter = watch ? [require.resolve('ts-node-dev/lib/bin'), '--respawn', '--transpile-only'] : [];
  const child = spawn(process.execPath, [...typescript, ...restarter, script], {
    cwd: project,
    env: { ...inherited(), ...env },
    // The channel is what end-with-parent.ts watches, and what messages go through.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In a process group of its own: the terminal's Ctrl-C reaches only this process, which then stops its
    // children in order, and a child can be killed together with its own children.
    detached: true,
  });
  for (const input of [child.stdout, child.stderr]) {
    // Read to its end also when nobody can be told, or the child would never count as closed.
    if (input) createInterface({ input }).on('line', (line) => process.stdout.write(format(line)));
  }
  child.on('message', (message) => {
    void answer?.(message).then((reply) => child.connected && child.send(reply));
  });
  const exited = once(child, 'exit').then(
    ([code, signal]) => `${name} ended (${signal ?? `exit code ${code}`}).`,
  );
  // Only when the last process that holds its output has ended, so this includes those that it started.
  const closed = once(child, 'close');

  function kill(): void {
    try {
      process.kill(-(child.pid ?? NaN), 'SIGKILL');
    } catch {
      // It has ended.
    }
  }

  return {
    exited,
    kill,
    async stop() {
      const patience = setTimeout(kill, 3_000);
      child.kill('SIGTERM');
      await closed;
      clearTimeout(patience);
    },
  };
}

function inherited(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_OPTIONS } = process.env;
  return { PATH, HOME, TMPDIR, NODE_OPTIONS };
}
