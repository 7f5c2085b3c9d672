import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, WITH_SERVICE_RESOURCES } from '../../../test/support/local-run';

// The only file of the command line that imports what the rest of the project offers to tests.
export type { ClientFile } from '../../../local/client-file';
export { Browser } from '../../../test/emulator/support/browser';
export {
  freePorts,
  type LocalRun,
  startLocalRun,
  tokenOf,
  WITH_SERVICE_RESOURCES,
} from '../../../test/support/local-run';
export { until } from '../../../test/support/until';

const ROOT = join(__dirname, '..', '..', '..');

/** The emulator as a separate process, with the deployment that it is seeded with. */
export interface EmulatorProcess {
  readonly port: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the emulator without an API. */
export async function startEmulator(): Promise<EmulatorProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
  const port = (await freePorts())['LOCAL_COGNITO_PORT']!;
  const child = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', 'emulator/main.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      ...WITH_SERVICE_RESOURCES,
      LOCAL_COGNITO_PORT: port,
      LOCAL_COGNITO_DIRECTORY: directory,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('"listening"')) resolve();
    });
    void ended.then(() => reject(new Error(`the emulator exited:\n${output}`)));
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}
