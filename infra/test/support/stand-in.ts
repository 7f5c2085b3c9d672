import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../test/support/local-run';

const ROOT = join(__dirname, '..', '..', '..');

/** The stand-in for AWS as a process of its own, with the deployment that it has from the start. */
export interface StandIn {
  readonly port: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it without an API. */
export async function startStandIn(): Promise<StandIn> {
  const directory = mkdtempSync(join(tmpdir(), 'stand-in-'));
  const port = (await freePorts())['LOCAL_COGNITO_PORT']!;
  const child = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', 'emulator/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], LOCAL_COGNITO_PORT: port, LOCAL_COGNITO_DIRECTORY: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('"listening"')) resolve();
    });
    void ended.then(() => reject(new Error(`it has ended:\n${output}`)));
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
