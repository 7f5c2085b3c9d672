import { mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeInstallation } from '../../../local/postgres/binaries';

it('an installation without scripts gets its links and executable bits', () => {
  const root = mkdtempSync(join(tmpdir(), 'binaries-'));
  const native = join(root, 'native');
  const program = join(native, 'bin', 'postgres');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  for (const folder of ['bin', 'lib']) mkdirSync(join(native, folder), { recursive: true });
  writeFileSync(program, '', { mode: 0o644 });
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), '');
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));

  completeInstallation(native, [program]);
  completeInstallation(native, [program]);

  expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
  expect(statSync(program).mode & 0o111).toBe(0o111);
  rmSync(root, { recursive: true });
});
