import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { renderContent } from '../../src/docs/render-content';
import { SERVICE_VARIABLE } from './service-variable';

const ROOT = join(__dirname, '..', '..');
/** The resources of the tests, as seen from `dist/src/resources`. */
const RESOURCES = '../../test/support/service-resources';

/** The service as JavaScript, outside the project, laid out as in production. */
export interface CompiledService {
  remove(): Promise<void>;
}

/**
 * Compiles the service with the resources of `service-resources.ts`, once for a test run: processes start in a third of
 * the time that a compiler in front of them takes.
 */
export async function compileService(): Promise<CompiledService> {
  const directory = await mkdtemp(join(tmpdir(), 'test-service-'));
  const dist = join(directory, 'dist');
  const remove = () => rm(directory, { recursive: true });
  try {
    await compile(dist);
    for (const folder of ['src', 'test/support/things'])
      await cp(join(ROOT, folder), join(dist, folder), {
        recursive: true,
        filter: (path) => !path.endsWith('.ts'),
      });
    await writeFile(join(dist, 'src', 'docs', 'content.json'), JSON.stringify(renderContent()));
    await writeFile(
      join(dist, 'src', 'resources', 'resources.js'),
      `module.exports = require('${RESOURCES}');\n`,
    );
    await cp(join(ROOT, 'package.json'), join(dist, 'package.json'));
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  } catch (error) {
    await remove();
    throw error;
  }
  process.env[SERVICE_VARIABLE] = join(dist, 'src');
  return { remove };
}

async function compile(outDir: string): Promise<void> {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(__dirname, 'tsconfig.service.json');
  await promisify(execFile)(process.execPath, [compiler, '--project', project, '--outDir', outDir]);
}
