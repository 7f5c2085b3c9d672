import { readFileSync } from 'node:fs';

/** The command that runs under a process id; `undefined` when it has ended. Linux only. */
export function commandOf(pid: number): string | undefined {
  try {
    // Empty for a process that has ended but has not been waited for.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') || undefined;
  } catch {
    return undefined;
  }
}

/** All descendants of a process. Linux only. */
export function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}
