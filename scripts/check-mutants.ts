import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** What Stryker's JSON report has of a mutant. Positions count from 1. */
interface Mutant {
  readonly status: string;
  readonly replacement?: string;
  readonly location: Record<'start' | 'end', { readonly line: number; readonly column: number }>;
}

interface Report {
  readonly files: Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>;
}

/** A mutant that no test can kill, and why that does no harm. */
interface Argued {
  readonly file: string;
  readonly code: string;
  readonly mutant: string;
  readonly reason: string;
}

/**
 * Fails where a mutant of the last run of Stryker has survived that `stryker.argued.json` does not have, or where that
 * argues for one which is killed or gone by now.
 */
function main(): void {
  const folder = process.env['MUTATION_FOLDER'] ?? 'auth';
  const { files } = read(`coverage/mutation/${folder}.json`) as Report;
  const survived = Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location, replacement = '' }) => ({
        file,
        line: location.start.line,
        code: textAt(source, location),
        mutant: replacement,
      })),
  );
  const argued = (read('stryker.argued.json') as Argued[]).filter(({ file }) => file in files);
  const isSame = (one: Pick<Argued, 'file' | 'code' | 'mutant'>, other: typeof one) =>
    one.file === other.file && one.code === other.code && one.mutant === other.mutant;
  const unargued = survived.filter((one) => !argued.some((other) => isSame(one, other)));
  const needless = argued.filter((one) => !survived.some((other) => isSame(one, other)));
  for (const { file, line, code, mutant } of unargued) say(`survived: ${file}:${line}: ${code} ▶ ${mutant}`);
  for (const { file, code, mutant } of needless) say(`argued for in vain: ${file}: ${code} ▶ ${mutant}`);
  say(`${survived.length} survived, ${survived.length - unargued.length} of them argued`);
  if (unargued.length + needless.length > 0) process.exitCode = 1;
}

function textAt(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split(/(?<=\n)/);
  const offset = ({ line, column }: Mutant['location']['start']) =>
    lines.slice(0, line - 1).join('').length + column - 1;
  return source.slice(offset(start), offset(end));
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main();
