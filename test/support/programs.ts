import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The project's folder. */
export const ROOT = join(__dirname, '..', '..');

/** How a program ended, and what it wrote. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * `describe` where a program is there that the project does not bring along; where it is not, the tests count as skipped.
 * On CI only what is optional is skipped: another program that is missing there fails its tests.
 *
 * @param probe a command that succeeds if the program can be used
 */
export function describeWith(
  probe: readonly [string, ...string[]],
  { optional = false } = {},
): jest.Describe {
  const [command, ...args] = probe;
  const there = spawnSync(command, args, { stdio: 'ignore', cwd: ROOT }).status === 0;
  const required = Boolean(process.env['CI']) && !optional;
  return there || required ? describe : describe.skip;
}

/** A Python interpreter that has a library: the one of the path, or the system's own, whose packages come from Debian. */
export function pythonWith(library: string): string {
  const has = (python: string) =>
    spawnSync(python, ['-c', `import ${library}`], { stdio: 'ignore' }).status === 0;
  return ['python3', '/usr/bin/python3'].find(has) ?? 'python3';
}

/** Runs a program in the project's folder, with no environment but `PATH` and what is given. */
export function runProgram(
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const [program, ...args] = command;
  const env = { PATH: process.env['PATH'], ...environment };
  return new Promise((resolve) => {
    execFile(program, args, { cwd: ROOT, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
  });
}
