import { spawnSync } from 'node:child_process';

const CONTESTANTS = '0';
const LOAD = '1';

/** Whether processes can be bound to a core each here. */
export const canPin = spawnSync('taskset', ['-c', `${CONTESTANTS},${LOAD}`, 'true']).status === 0;

/** A command that runs on the core of the subjects, which it shares with nothing of ours. */
export function pinned(command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', CONTESTANTS, ...command] : command;
}

/** Binds this process, and what it starts from now on, to the other core. */
export function pinSelf(): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', LOAD, String(process.pid)]);
}
