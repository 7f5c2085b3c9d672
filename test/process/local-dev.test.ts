import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientFile } from '../../local/client-file';
import { type LocalProcess, READY, spawnLocalProcess, tokenOf } from '../support/local-run';
import { commandOf, descendants } from '../support/processes';
import { until } from '../support/until';

// A start takes some seconds, and several times that while other tests run.
jest.setTimeout(120_000);

const ROOT = join(__dirname, '..', '..');
const scope = 'https://api.example.com/added.later';

describe('npm run dev', () => {
  let copy: string;
  let dev: LocalProcess;

  beforeAll(async () => {
    copy = mkdtempSync(join(tmpdir(), 'dev-'));
    for (const path of ['src', 'emulator', 'local', 'package.json', 'tsconfig.json'])
      cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    dev = await spawnLocalProcess({ args: ['--watch'], cwd: copy });
    await dev.prints(READY);
  });
  afterAll(async () => {
    await dev.stop();
    rmSync(copy, { recursive: true });
  });

  it('issues tokens with a scope that is added to the catalogue, without a restart of the emulator', async () => {
    const client = JSON.parse(readFileSync(join(dev.directory, 'client.json'), 'utf8')) as ClientFile;
    const emulator = () => descendants(dev.pid).filter((pid) => commandOf(pid)?.includes('emulator/main.ts'));
    const before = emulator();
    const isGranted = async () => Boolean(await tokenOf(client, scope));
    expect(await isGranted()).toBe(false);

    const list = join(copy, 'src', 'resources', 'resources.ts');
    const added = "{ ...me, name: 'added', scopes: { 'added.later': 'Added later' }, endpoints: [] }";
    writeFileSync(list, readFileSync(list, 'utf8').replace('\n  me,', `\n  me,\n  ${added},`));
    await until('the new scope is granted', isGranted);
    expect(emulator()).toEqual(before);
  });
});
