import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMigrations, MigrationError } from '../../src/database/migrations';
import { migrationFolders } from '../../src/migration-folders';
import { resources } from '../../src/resources/resources';

let folders: string[];

beforeEach(() => {
  folders = [];
});

afterEach(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderWith(...files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  folders.push(folder);
  for (const file of files) writeFileSync(join(folder, file), '');
  return folder;
}

it('finds the migrations of all folders in the order of their numbers', () => {
  const things = folderWith('20261101000000000_things.sql', '0002_b.sql');
  const orders = folderWith('10_c.sql', '20261101000000001_orders.sql', '01_a.sql');
  const migrations = findMigrations([things, orders]);
  expect(migrations.map(({ name }) => name)).toEqual([
    '01_a',
    '0002_b',
    '10_c',
    '20261101000000000_things',
    '20261101000000001_orders',
  ]);
  expect(migrations.map(({ file }) => existsSync(file))).toEqual([true, true, true, true, true]);
});

it('finds none where a folder is empty, and takes no notice of hidden files', () => {
  expect(findMigrations([folderWith(), folderWith('.DS_Store')])).toEqual([]);
});

it.each([
  'create_things.sql',
  '_1_things.sql',
  '1.sql',
  '1_.sql',
  '1-things.sql',
  '1_things.ts',
  '1_things.sql.bak',
  'a1_things.sql',
  'README.md',
])('refuses a file whose name has no number, no description or another ending: %s', (file) => {
  const folder = folderWith('2_first.sql', file);
  expect(() => findMigrations([folder])).toThrow(MigrationError);
  expect(() => findMigrations([folder])).toThrow(join(folder, file));
});

it.each([
  ['2_b.sql', '2_c.sql'],
  ['2_b.sql', '02_c.sql'],
  ['20261101000000000_b.sql', '20261101000000000_b.sql'],
])('refuses two files with the same number in different folders: %s and %s', (one, other) => {
  const first = folderWith('1_a.sql', one);
  const second = folderWith(other, '3_d.sql');
  expect(() => findMigrations([first, second])).toThrow(MigrationError);
  expect(() => findMigrations([first, second])).toThrow(join(first, one));
  expect(() => findMigrations([first, second])).toThrow(join(second, other));
});

it('refuses a folder that does not exist', () => {
  expect(() => findMigrations(['/nowhere/migrations'])).toThrow('/nowhere/migrations');
});

it.each(migrationFolders(resources))('finds migrations in %s', (folder) => {
  expect(findMigrations([folder]).length).toBeGreaterThan(0);
});
