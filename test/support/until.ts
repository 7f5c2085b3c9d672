import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves with the first value that is neither `undefined` nor `false`, asking again and again.
 *
 * @throws Error, naming what was waited for, after ten seconds
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + 10_000;
  for (;;) {
    const value = await ask();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > end) throw new Error(`waited too long: ${what}`);
    await delay(20);
  }
}
