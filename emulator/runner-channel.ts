import { once } from 'node:events';
import type { Redeploy } from './deployment';

/** A message to the runner. It replies whether the service became ready. */
export interface RedeployMessage {
  /** The app clients that may call, comma-separated. */
  redeploy: string;
}

/** The channel to the process that runs the emulator and the service together; `undefined` without one. */
export function runnerChannel(): { redeploy: Redeploy } | undefined {
  if (!process.channel) return undefined;
  return {
    /** One call at a time. */
    async redeploy(clientIds) {
      const reply = once(process, 'message');
      process.send?.({ redeploy: clientIds } satisfies RedeployMessage);
      const [ready] = (await reply) as [unknown];
      return ready === true;
    },
  };
}
