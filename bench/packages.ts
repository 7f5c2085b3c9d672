import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Installs the subjects' packages, which the service does not have, unless they are there. */
export function installSubjects(): void {
  if (existsSync(join(__dirname, 'node_modules'))) return;
  process.stdout.write('Installing the packages of the subjects (npm ci in bench/) …\n');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: __dirname, stdio: 'inherit' });
}

/**
 * The subjects' packages, each with its version.
 *
 * @throws Error if bare Express is not the Express of the service
 */
export function versions(): string[] {
  const versionOf = (name: string, from = __dirname) => manifest(join(from, 'node_modules', name)).version;
  const [own, services] = [versionOf('express'), versionOf('express', join(__dirname, '..'))];
  if (own !== services)
    throw new Error(
      `bench has express ${own}, the service ${services}: npm install --prefix bench express@${services}`,
    );
  return Object.keys(manifest(__dirname).dependencies).map((name) => `${name} ${versionOf(name)}`);
}

function manifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}
