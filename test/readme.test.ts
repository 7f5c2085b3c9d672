import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generatedFiles, isUpToDate } from '../scripts/generated-files';

const ROOT = join(__dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The lines that the README says belong in a file. */
function example(path: string): string {
  const block = new RegExp(`<!-- example: ${path} -->\\s+\`\`\`ts\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`the README has no example for ${path}`);
  return block;
}

test.each(generatedFiles())('$path is what `npm run generate` makes of the source', (file) => {
  expect(isUpToDate(file)).toBe(true);
});

describe("a copy of the project with the README's own resource added", () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'readme-'));
    const files = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'jest.config.js'];
    for (const path of ['src', 'test', 'emulator', 'local', ...files])
      cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));

    insert('src/api/scopes.ts', /(?=\n\} as const)/, `\n${example('src/api/scopes.ts').trimEnd()}`);
    const [importLine = '', memberLine = ''] = example('src/api/endpoints.ts').split('\n');
    insert('src/api/endpoints.ts', /^/, `${importLine}\n`);
    insert('src/api/endpoints.ts', /(?<=return \[)/, memberLine);
    const endpoints = join(copy, 'src/api/orders/endpoints.ts');
    mkdirSync(dirname(endpoints));
    writeFileSync(endpoints, example('src/api/orders/endpoints.ts'));
  });

  afterAll(() => rmSync(copy, { recursive: true }));

  function insert(path: string, where: RegExp, text: string): void {
    const file = join(copy, path);
    writeFileSync(file, readFileSync(file, 'utf8').replace(where, text));
  }

  function run(tool: string, ...args: string[]) {
    const bin = join(copy, 'node_modules/.bin', tool);
    const { status, stdout, stderr } = spawnSync(bin, args, { cwd: copy, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  }

  test('compiles', () => {
    expect(run('tsc', '--noEmit', '--project', 'tsconfig.build.json')).toEqual({ status: 0, output: '' });
  }, 60_000);

  test('covers the new endpoint in the authorization matrix without another edit', () => {
    const { status, output } = run(
      'jest',
      'authorization-matrix',
      '--verbose',
      '--globalSetup',
      '',
      '--globalTeardown',
      '',
    );
    expect({ status, output }).toMatchObject({
      status: 0,
      output: expect.stringContaining('/api/v1/orders/{id}'),
    });
  }, 60_000);
});
