import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './support/programs';

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly uses?: string; readonly 'timeout-minutes'?: number }>>;
}

interface Dependabot {
  readonly updates: readonly { 'package-ecosystem': string; directories?: readonly string[] }[];
}

function read(path: string): unknown {
  return parse(readFileSync(join(ROOT, '.github', path), 'utf8'));
}

/** Folders of the project that are not made by a tool, two levels deep. */
function folders(): string[] {
  const inside = (path: string) =>
    readdirSync(join(ROOT, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
      .map(({ name }) => join(path, name));
  const top = inside('/');
  return ['/', ...top, ...top.flatMap(inside)];
}

test('Dependabot updates the packages of every folder that has some', () => {
  const { updates } = read('dependabot.yml') as Dependabot;
  const npm = updates.find((update) => update['package-ecosystem'] === 'npm');
  const locked = folders().filter((folder) => existsSync(join(ROOT, folder, 'package-lock.json')));
  expect(npm?.directories).toEqual(expect.arrayContaining(locked));
});

describe.each(readdirSync(join(ROOT, '.github/workflows')))('the workflow %s', (file) => {
  const { permissions, jobs } = read(`workflows/${file}`) as Workflow;

  it('may only read the repository, unless a job is given more by name', () => {
    expect(permissions).toEqual({ contents: 'read' });
  });

  it('ends every job that hangs', () => {
    // A job that calls another workflow has the time-outs of that one.
    const own = Object.values(jobs).filter((job) => job.uses === undefined);
    expect(own.filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
  });
});
