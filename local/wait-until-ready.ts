import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls a URL until it responds with a success status.
 *
 * @param signal Aborts the wait; the promise then rejects with the signal's reason.
 * @param vital Ends of programs that must keep running meanwhile; the promise then rejects with the first of them.
 * @param seconds The time limit. The default is none.
 */
export async function waitUntilReady(
  url: string,
  signal: AbortSignal,
  vital: Promise<string>[],
  seconds?: number,
): Promise<void> {
  const failure = new AbortController();
  for (const exited of vital) void exited.then((how) => failure.abort(new Error(how)));
  const end = AbortSignal.any([signal, failure.signal]);
  const late = () => failure.abort(new Error(`${url} was not ready after ${seconds} s.`));
  const timer = seconds === undefined ? undefined : setTimeout(late, seconds * 1000);
  try {
    while (!(await isOk(url, end))) {
      end.throwIfAborted();
      await delay(50);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function isOk(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
