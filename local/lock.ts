import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join, relative } from 'node:path';

/**
 * Locks a directory for this process until it ends. The lock is a listening socket, which ends with the process in any
 * case, so that no stale lock has to be removed by hand.
 *
 * @throws Error when another process has locked the directory.
 */
export async function lockDirectory(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  // Relative, since the path of a socket is limited to about a hundred characters.
  const path = relative(process.cwd(), join(directory, 'lock'));
  if (await isAccepted(path)) throw new Error('It is already running in this folder: stop that one first.');

  rmSync(path, { force: true });
  const lock = createServer((holder) => holder.destroy()).unref();
  await once(lock.listen(path), 'listening');
}

async function isAccepted(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
