import { setTimeout as delay } from 'node:timers/promises';
import { signingKey } from '../test/support/user-pool';
import { Subject } from './subject';
import { LoadGenerator } from './load';
import { toBytes } from './requests';
import type { Environment } from './environment';

/**
 * Milliseconds of the slowest answer while the service fetches its keys every second, and while the pool begins to
 * sign with a key that the service has not seen.
 *
 * @param seconds of load before, and again after, the pool has changed its key
 */
export async function slowestDuringKeyChanges(
  { variables, pool, jwks }: Environment,
  seconds: number,
): Promise<number> {
  const nextKey = signingKey();
  const oldToken = toBytes({ token: pool.token() });
  const newToken = toBytes({ token: pool.token({ key: nextKey }) });
  let request = oldToken;
  const service = await Subject.start('service', 'service', { ...variables, JWKS_REFRESH_SECONDS: '1' });
  const load = new LoadGenerator({ port: service.port, connections: 32, status: 200, next: () => request });
  try {
    await Promise.race([delay(seconds * 1000), load.failed]);
    // What was slow while the process was new has nothing to do with keys.
    load.take();
    await Promise.race([delay(seconds * 1000), load.failed]);
    jwks.serve({ keys: [nextKey.jwk, ...pool.jwks.keys] });
    request = newToken;
    await Promise.race([delay(seconds * 1000), load.failed]);
    return load.take().reduce((slowest, latency) => Math.max(slowest, latency), 0);
  } finally {
    load.stop();
    await service.stop();
    jwks.serve(pool.jwks);
  }
}
