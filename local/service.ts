import type { Child } from './child';

export interface ServiceOptions {
  /** The app clients that may call at first, comma-separated. */
  clientIds: string;
  start: (clientIds: string) => Child;
  /** Resolves when it serves; rejects when it has ended, or not within a time. */
  waitUntilReady: (child: Child) => Promise<void>;
  /** Once it is aborted, nothing is started any more. */
  ending: AbortSignal;
}

/** A program that can be put in the place of itself, for other app clients. */
export interface Service extends Child {
  /** Resolves when it serves for the first time; rejects when it does not get that far. */
  readonly ready: Promise<void>;
  /**
   * Stops it, and starts it anew. It is away meanwhile, since there is one port.
   *
   * @returns Whether it got ready. When it did not, it runs for the same clients as before.
   */
  redeploy(clientIds: string): Promise<boolean>;
}

export function startService({ clientIds, start, waitUntilReady, ending }: ServiceOptions): Service {
  let current = start(clientIds);
  let replacing = false;
  let tellEnd: (how: string) => void;
  const exited = new Promise<string>((resolve) => (tellEnd = resolve));
  watch(current);
  const ready = waitUntilReady(current);

  function watch(child: Child): void {
    void child.exited.then((how) => {
      if (child === current && !replacing) tellEnd(how);
    });
  }

  /** @returns Whether it got ready. */
  async function replace(newIds: string): Promise<boolean> {
    await current.stop();
    if (ending.aborted) return false;
    current = start(newIds);
    return succeeds(waitUntilReady(current));
  }

  return {
    ready,
    exited,
    stop: () => current.stop(),
    kill: () => current.kill(),
    async redeploy(newIds) {
      if (!(await succeeds(ready))) return false;
      replacing = true;
      const replaced = await replace(newIds);
      if (replaced) clientIds = newIds;
      else await replace(clientIds);
      replacing = false;
      watch(current);
      return replaced;
    },
  };
}

function succeeds(promise: Promise<void>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
