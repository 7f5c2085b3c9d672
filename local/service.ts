import type { Child } from './child';

export interface ServiceOptions {
  /** The app clients that may call initially, comma-separated. */
  clientIds: string;
  start: (clientIds: string) => Child;
  /** Resolves when it is ready; rejects when it ends, or is not ready in time. */
  waitUntilReady: (child: Child) => Promise<void>;
  /** After it is aborted, nothing is started. */
  ending: AbortSignal;
}

/** A program that can be redeployed for other app clients. */
export interface Service extends Child {
  /** Resolves when it is ready for the first time; rejects when it does not become ready. */
  readonly ready: Promise<void>;
  /**
   * Stops it and starts it again. It is unavailable meanwhile, since there is one port.
   *
   * @returns Whether it became ready. Otherwise it runs for the same clients as before.
   */
  redeploy(clientIds: string): Promise<boolean>;
}

export function startService({ clientIds, start, waitUntilReady, ending }: ServiceOptions): Service {
  let current = start(clientIds);
  let replacing = false;
  let reportEnd: (how: string) => void;
  const exited = new Promise<string>((resolve) => (reportEnd = resolve));
  watch(current);
  const ready = waitUntilReady(current);

  function watch(child: Child): void {
    void child.exited.then((how) => {
      if (child === current && !replacing) reportEnd(how);
    });
  }

  /** @returns Whether it became ready. */
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
