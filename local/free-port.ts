import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems choose from for a socket that may have any: from 32768 on Linux, else from 49152. */
const [FIRST, COUNT] = [10_000, 20_000];

let tried = Math.floor(Math.random() * COUNT);

/**
 * A TCP port on 127.0.0.1 that is free at the moment, and another one for each call. No socket that may have any port gets it
 * before it is used.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (tried++ % COUNT);
    const probe = createServer();
    try {
      await once(probe.listen(port, '127.0.0.1'), 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw error;
    }
    await once(probe.close(), 'close');
    return port;
  }
}
