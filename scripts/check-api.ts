import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakingChanges } from './api-changes';

const DOCS = join(__dirname, '..', 'docs');
const RELEASES = join(DOCS, 'api');

interface Description {
  readonly info: { readonly version: string };
}

/**
 * Compares the API description with that of the last release, `docs/api/<version>.json`, and fails on what breaks callers.
 * With `--release`, keeps the description as that of its version instead.
 */
function main(): void {
  const current = read(join(DOCS, 'openapi.json'));
  if (process.argv.includes('--release')) {
    writeFileSync(join(RELEASES, `${current.info.version}.json`), `${JSON.stringify(current, null, 2)}\n`);
    return;
  }
  const released = lastRelease();
  if (!released) return void process.stdout.write('docs/api has no released description to compare with\n');
  const changes = breakingChanges(read(join(RELEASES, `${released}.json`)), current);
  for (const change of changes) process.stderr.write(`${change}\n`);
  if (changes.length > 0)
    process.stderr.write(
      `\nThis breaks callers of ${released}. Add to the API instead, and mark as deprecated what you want to remove; or, ` +
        `if no client calls what is described in docs/api/${released}.json yet, delete that file.\n`,
    );
  process.exitCode = changes.length > 0 ? 1 : 0;
}

function lastRelease(): string | undefined {
  const files = existsSync(RELEASES) ? readdirSync(RELEASES) : [];
  return files
    .flatMap((file) => /^(\d+\.\d+\.\d+)\.json$/.exec(file)?.[1] ?? [])
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
}

function read(path: string): Description {
  return JSON.parse(readFileSync(path, 'utf8')) as Description;
}

main();
