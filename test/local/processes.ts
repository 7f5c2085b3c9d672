import { readFileSync } from 'node:fs';

/** A process id and the command that runs under it, or `undefined` when it has ended. Linux only. */
export function commandOf(pid: number): string | undefined {
  try {
    // Empty for a process that has ended and that nobody has asked about yet.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') || undefined;
  } catch {
    return undefined;
  }
}

/** All processes that a process has started, and that these have started, and so on. Linux only. */
export function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}
