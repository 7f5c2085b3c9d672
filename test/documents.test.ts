import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './support/programs';

/** The Markdown files of the project, from its folder. */
function documents(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
    const isMade = /^(node_modules|dist|coverage|cdk\.out|\.(?!github$).*)$/.test(entry.name);
    return entry.isDirectory() && !isMade ? documents(path) : [];
  });
}

/** A document without what is code, which may look like a link or a heading. */
function prose(path: string): string {
  return readFileSync(path, 'utf8').replace(/^( *)```[\s\S]*?^\1```$/gm, '');
}

/** What the headings of a document are called in a URL. */
function anchors(path: string): string[] {
  return [...prose(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(documents())('%s links only to files and headings that exist', (document) => {
  const path = join(ROOT, document);
  const links = [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const broken = links
    // What begins with a slash is a page of the portal, whose links have a test of their own.
    .filter((target) => !/^[a-z]+:|^\//.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : join(dirname(path), file);
      return !existsSync(linked) || (anchor !== undefined && !anchors(linked).includes(anchor));
    });
  expect(broken).toEqual([]);
});

test('SECURITY.md names only tests that exist', () => {
  const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
  const named = [...text.matchAll(/`((?:[\w-]+\/)+[\w.-]+\.ts)`/g)].map(([, path = '']) => path);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

const DECISIONS = join(ROOT, 'docs/adr');
const decisions = readdirSync(DECISIONS).filter((name) => /^\d/.test(name));

test.each(decisions)('the decision %s has a number, a status, a date, and its place in the list', (name) => {
  const [title = '', , status = ''] = readFileSync(join(DECISIONS, name), 'utf8').split('\n');
  const [, number, text] = /^# (\d+)\. (.+)$/.exec(title)!;
  expect(Number(number)).toBe(Number(name.slice(0, 4)));
  expect(status).toMatch(/^Status: (accepted|replaced by \[.+\)), \d{4}-\d{2}-\d{2}/);
  const list = readFileSync(join(DECISIONS, 'README.md'), 'utf8').split('\n');
  const entry = list.find((line) => line.startsWith(`${number}. `));
  expect(entry).toMatch(`${number}. [${text}](${name})`);
  expect(entry!.includes('replaced by')).toBe(status.includes('replaced by'));
});
