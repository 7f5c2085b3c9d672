import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The descriptors of a pipe's ends, as a shell or a container engine gives to a process. Node's own are sockets. */
export interface Pipe {
  readonly writer: number;
  readonly reader: number;
}

/** Makes a pipe. */
export function pipe(): Pipe {
  const directory = mkdtempSync(join(tmpdir(), 'test-pipe-'));
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, 'w');
  rmSync(directory, { recursive: true });
  return { writer, reader };
}

/** Reads what comes out of a pipe. */
export function readPipe({ reader }: Pipe): Socket {
  return new Socket({ fd: reader, readable: true, writable: false });
}
