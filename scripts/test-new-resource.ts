import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { rename } from './new-resource/names';
import { LIST } from './new-resource/render';

const ROOT = join(__dirname, '..');

/** Folders with packages of their own; a copy uses those that are installed here. */
const PACKAGES = ['.', 'infra', 'onboarding', 'bench', 'examples/third-party'];

/** Resources that every project has. */
const BUILT_IN = ['clients', 'me'];

/** What is made here: the resource of README.md, and another with `--owned`. */
const INVOICES = 'invoices';
const ORDERS = 'purchase-orders';

/** Files that `npm run generate` writes. */
const GENERATED = ['README.md', 'docs/openapi.json', 'examples/third-party/src/api.d.ts'];

/**
 * The checks of a copy: of the folders that a resource changes, or with `--all` everything, and the packages that follow from
 * its resources.
 */
const CHECKS = process.argv.includes('--all')
  ? [
      'npm run lint',
      'npm test',
      'npm run test:docs',
      'npm --prefix onboarding test',
      'npm --prefix infra test',
      'npm --prefix examples/third-party test',
    ]
  : [
      'npx eslint --max-warnings 0 src/resources test/resources',
      'npx prettier --check --log-level warn src/resources test/resources',
      'npm test -- -w 1 test/api test/resources',
    ];

/**
 * Makes new resources in copies of the project, beside its own and in their place, applies the example of README.md to one of
 * them, and runs the checks of each copy.
 */
async function main(): Promise<void> {
  const own = readdirSync(join(ROOT, 'src/resources'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !BUILT_IN.includes(entry.name))
    .map(({ name }) => name);
  const taken = own.filter((name) => [INVOICES, ORDERS].includes(name));
  if (taken.length > 0)
    process.stdout.write(`beside the project's own: left out, ${taken.join()} is there\n`);
  // Beside each other: most of the checks take one core.
  const copies = [inCopy("in place of the project's own", (copy) => removeResources(copy, own))];
  if (own.length > 0 && taken.length === 0) copies.push(inCopy("beside the project's own", () => undefined));
  for (const outcome of await Promise.allSettled(copies)) {
    if (outcome.status === 'fulfilled') continue;
    process.stderr.write(`${String(outcome.reason)}\n`);
    process.exitCode = 1;
  }
}

async function inCopy(title: string, prepare: (copy: string) => Promise<void> | void): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'new-resource-'));
  try {
    const files = list('git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard').filter((file) =>
      existsSync(join(ROOT, file)),
    );
    for (const file of files) cpSync(join(ROOT, file), join(copy, file));
    for (const modules of PACKAGES.map((folder) => join(folder, 'node_modules')))
      if (existsSync(join(ROOT, modules))) symlinkSync(join(ROOT, modules), join(copy, modules));
    // A test asks git what it ignores, and one for the last commit.
    await run(copy, 'git init --quiet');
    await run(copy, 'git add --all');
    await run(copy, 'git -c user.name=test -c user.email=test@example.com commit --quiet --message=copy');
    await prepare(copy);
    const before = new Map(contents(copy, files));

    await run(copy, `npm run new -- ${INVOICES}`);
    applyReadme(copy);
    await run(copy, 'npm run generate');
    await run(copy, `npm run new -- ${ORDERS} --owned`);
    const changed = contents(copy, files).filter(([file, content]) => before.get(file) !== content);
    const unexpected = changed.map(([file]) => file).filter((file) => ![LIST, ...GENERATED].includes(file));
    if (unexpected.length > 0) throw new Error(`changed too: ${unexpected.join(', ')}`);

    for (const check of ['npm run typecheck', 'npm run generate -- --check', 'npm run lint:api', ...CHECKS]) {
      await run(copy, check);
      process.stdout.write(`${title}: ${check}: ok\n`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Removes resources as a team removes the sample: their folders, and their places in the list. */
async function removeResources(copy: string, names: readonly string[]): Promise<void> {
  const path = join(copy, LIST);
  for (const name of names) {
    for (const folder of ['src/resources', 'test/resources'])
      rmSync(join(copy, folder, name), { recursive: true, force: true });
    const member = rename('sampleItems', { plural: name, singular: name });
    const list = readFileSync(path, 'utf8')
      .replace(new RegExp(`^import .*'\\./${name}/.*\n`, 'm'), '')
      .replace(new RegExp(`(?<=[[\\s])${member}\\b,?\\s*`), '');
    writeFileSync(path, list);
  }
  await run(copy, 'npm run generate');
}

/** Makes the changes of README.md: each ```diff block, in the file that the comment above it names. */
function applyReadme(copy: string): void {
  const readme = readFileSync(join(copy, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/<!-- change: (\S+) -->\n\n```diff\n([\s\S]*?)```/g)];
  if (blocks.length === 0) throw new Error('README.md has no example of a change');
  for (const [, pattern = '', diff = ''] of blocks) {
    const path = join(copy, fileOf(copy, pattern));
    const content = diff
      .split(/^@@.*\n/m)
      .filter((hunk) => hunk !== '')
      .reduce((text, hunk) => applyHunk(text, hunk, pattern), readFileSync(path, 'utf8'));
    writeFileSync(path, content);
  }
}

/** The one file whose path fits; `*` is a part of its name. */
function fileOf(copy: string, pattern: string): string {
  const [start = '', end = ''] = pattern.split('*');
  const found = readdirSync(join(copy, dirname(pattern)))
    .map((name) => join(dirname(pattern), name))
    .filter((path) => path.startsWith(start) && path.endsWith(end));
  if (found.length !== 1) throw new Error(`README.md: ${found.length} files are ${pattern}`);
  return found.join();
}

/** A text in which the old lines of a hunk have become its new ones. */
function applyHunk(text: string, hunk: string, path: string): string {
  const linesOf = (marks: string) =>
    hunk
      .split(/(?<=\n)/)
      .filter((line) => marks.includes(line.slice(0, 1)))
      .map((line) => line.slice(1))
      .join('');
  const parts = text.split(linesOf(' -'));
  if (parts.length !== 2)
    throw new Error(`README.md: ${path} has ${parts.length - 1} times\n${linesOf(' -')}`);
  return parts.join(linesOf(' +'));
}

function contents(folder: string, files: readonly string[]): [string, string][] {
  return files
    .filter((file) => existsSync(join(folder, file)))
    .map((file) => [file, readFileSync(join(folder, file), 'latin1')]);
}

function list(program: string, ...args: readonly string[]): string[] {
  const { status, stdout } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} has failed`);
  return [...new Set(stdout.split('\0').filter((line) => line !== ''))];
}

/** @throws Error with everything that the command has written, if it fails */
async function run(cwd: string, command: string): Promise<void> {
  const child = spawn(`${command} 2>&1`, { cwd, shell: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close') as Promise<[number]>;
  const [output, [status]] = await Promise.all([text(child.stdout), closed]);
  if (status !== 0) throw new Error(`${command} has failed:\n${output}`);
}

void main();
