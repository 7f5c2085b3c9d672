import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles, isUpToDate } from './generated-files';

/** Writes the generated files; with `--check`, names those that are out of date and fails instead. */
async function generate(check: boolean): Promise<void> {
  const outdated = (await generatedFiles()).filter((file) => !isUpToDate(file));
  for (const { path, content } of outdated) {
    process.stdout.write(`${path} ${check ? 'is out of date: npm run generate' : 'written'}\n`);
    if (!check) writeFileSync(join(__dirname, '..', path), content);
  }
  process.exitCode = check && outdated.length > 0 ? 1 : 0;
}

void generate(process.argv.includes('--check'));
