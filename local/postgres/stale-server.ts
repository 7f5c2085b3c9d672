import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Stops the PostgreSQL server that an earlier, killed run has left behind, and waits until it has ended.
 *
 * @param directory The directory of `startPostgres`; it need not exist.
 * @throws Error when it does not stop within ten seconds.
 */
export async function stopStaleServer(directory: string): Promise<void> {
  const data = join(resolve(directory), 'data');
  const lockFile = join(data, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
  const command = commandLine(pid);
  // No such process: PostgreSQL detects that itself and takes over the lock.
  if (command === undefined) return;
  // Another program has that process id now, and PostgreSQL would take it for a running server.
  if (!command.includes(data)) return rmSync(lockFile);

  process.kill(pid, 'SIGINT');
  for (const deadline = Date.now() + 10_000; existsSync(lockFile); await delay(20)) {
    if (Date.now() > deadline)
      throw new Error(`PostgreSQL of an earlier run (process ${pid}) does not stop.`);
  }
}

function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}
