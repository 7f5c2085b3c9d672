import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where the directory of the compiled service stands, for the workers. */
export const SERVICE_VARIABLE = 'TEST_SERVICE';

const ROOT = join(__dirname, '..', '..');

/** The service as JavaScript, outside the project, laid out as in production. */
export interface CompiledService {
  remove(): Promise<void>;
}

/** Compiles it, once for a test run: processes start in a third of the time that a compiler in front of them takes. */
export async function compileService(): Promise<CompiledService> {
  const directory = await mkdtemp(join(tmpdir(), 'test-service-'));
  const dist = join(directory, 'dist');
  const remove = () => rm(directory, { recursive: true });
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noCheck', '--sourceMap', 'false', '--inlineSources', 'false', '--outDir', dist];
  const project = join(ROOT, 'tsconfig.build.json');
  try {
    await promisify(execFile)(process.execPath, [compiler, '--project', project, ...options]);
    await cp(join(ROOT, 'src'), dist, { recursive: true, filter: (path) => !path.endsWith('.ts') });
    await cp(join(ROOT, 'package.json'), join(directory, 'package.json'));
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  } catch (error) {
    await remove();
    throw error;
  }
  process.env[SERVICE_VARIABLE] = dist;
  return { remove };
}
