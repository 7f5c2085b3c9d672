import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chooseAccount } from '../../../local/postgres/account';
import { findBinaries } from '../../../local/postgres/binaries';

jest.setTimeout(60_000);

const isRoot = process.getuid?.() === 0;
const { initdb, postgres } = findBinaries();

(isRoot ? describe.skip : describe)('an ordinary account', () => {
  it('runs PostgreSQL itself', () => {
    expect(chooseAccount(tmpdir(), postgres)).toBeUndefined();
  });
});

(isRoot ? describe : describe.skip)('root', () => {
  let parent: string;
  let data: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'account-'));
    data = join(parent, 'data');
    mkdirSync(data);
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('runs PostgreSQL as the owner of the data', () => {
    chownSync(data, 1234, 5678);
    expect(chooseAccount(data, postgres)).toMatchObject({ uid: 1234, gid: 5678 });
  });

  it('grants no capabilities that PostgreSQL does not need', () => {
    chmodSync(parent, 0o755);
    chownSync(data, 1234, 5678);
    expect(chooseAccount(data, '/bin/true')?.prefix.join(' ')).not.toContain('caps');
  });

  it('runs PostgreSQL from a folder that only root may enter', () => {
    execFileSync('cp', ['-R', join(dirname(initdb), '..'), join(parent, 'native')]);
    const program = join(parent, 'native', 'bin', 'initdb');
    const account = chooseAccount(data, program)!;
    chownSync(data, account.uid, account.gid);
    const [setpriv = '', ...options] = account.prefix;
    const initialized = spawnSync(setpriv, [...options, program, '--no-sync', '-D', data], { cwd: '/' });
    expect(initialized.status).toBe(0);
  });

  it('reports the remedy when it cannot run PostgreSQL as another account', () => {
    expect(() => chooseAccount(data, '/bin/false')).toThrow('use an ordinary account');
  });
});
