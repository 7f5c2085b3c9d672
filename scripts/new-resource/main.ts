import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { findMigrations } from '../../src/database/migrations';
import { migrationFolders } from '../../src/migration-folders';
import { resources } from '../../src/resources/resources';
import { checkNames, checkPlural } from './check-names';
import { guessSingular, rename } from './names';
import { addToList, LIST, renderResource } from './render';

const ROOT = join(__dirname, '..', '..');
const USAGE = `npm run new -- <plural> [--singular <singular>] [--owned]

Makes a resource with five endpoints, its table and its tests:  npm run new -- purchase-orders
  --singular  what one of them is called, where the plural does not show it
  --owned     each client reaches only what it has created itself`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { singular: { type: 'string' }, owned: { type: 'boolean', default: false } },
  });
  const [plural] = positionals;
  if (plural === undefined || positionals.length > 1) throw new Error(USAGE);
  checkPlural(ROOT, plural);
  const names = { plural, singular: values.singular ?? guessSingular(plural) ?? (await askSingular(plural)) };
  checkNames(ROOT, names);

  const files = renderResource(names, { owned: values.owned, number: nextNumber() });
  const list = { path: LIST, content: addToList(readFileSync(join(ROOT, LIST), 'utf8'), names) };
  for (const { path, content } of [...files, list]) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content);
  }
  const formatted = [...files, list].map(({ path }) => path).filter((path) => path.endsWith('.ts'));
  run(require.resolve('prettier/bin/prettier.cjs'), '--write', '--log-level', 'warn', ...formatted);
  for (const { path } of files) stdout.write(`${path} written\n`);
  stdout.write(`${LIST} changed\n`);
  run('-r', 'ts-node/register/transpile-only', 'scripts/generate.ts');
  stdout.write(rename(NEXT, names));
}

const NEXT = `
Next: what a sample item consists of, in schema.ts, store.ts, the migration and the tests (README.md).
`;

async function askSingular(plural: string): Promise<string> {
  if (!stdin.isTTY) throw new Error(`What is one of ${plural} called? Say so with --singular.`);
  const terminal = createInterface({ input: stdin, output: stdout });
  const answer = await terminal.question(`What is one of ${plural} called? `);
  terminal.close();
  return answer.trim();
}

/** The time in UTC, in milliseconds; or the number after that of the last migration, where it is later. */
function nextNumber(): string {
  const now = BigInt(new Date().toISOString().replaceAll(/\D/g, ''));
  const last = findMigrations(migrationFolders(resources)).at(-1)?.number ?? 0n;
  return String(last < now ? now : last + 1n);
}

/** Runs a program of Node in the project's folder. */
function run(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${args.join(' ')} has failed`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
