import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join, relative } from 'node:path';

/**
 * Takes a directory for this process, until it ends. The lock is a socket that listens: it is gone the moment
 * the process is, however that ends, so there is never a stale one to be removed by hand.
 *
 * @throws Error when another process has the directory.
 */
export async function lockDirectory(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  // Relative, since the path of a socket may have only about a hundred characters.
  const path = relative(process.cwd(), join(directory, 'lock'));
  if (await isAnswered(path)) throw new Error('It is already running in this folder: stop that one first.');

  rmSync(path, { force: true });
  const lock = createServer((holder) => holder.destroy()).unref();
  await once(lock.listen(path), 'listening');
}

async function isAnswered(path: string): Promise<boolean> {
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
