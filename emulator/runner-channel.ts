import { once } from 'node:events';
import type { Redeploy } from './deployment';

/** What the process that started this one is sent. It answers with whether the service got ready. */
export interface RedeployMessage {
  /** The app clients that may call, comma-separated. */
  redeploy: string;
}

/** Has that process start the service anew; `undefined` when there is none. One call at a time. */
export function redeployByParent(): Redeploy | undefined {
  if (!process.channel) return undefined;
  return async (redeploy) => {
    const answer = once(process, 'message');
    process.send?.({ redeploy } satisfies RedeployMessage);
    const [ready] = (await answer) as [unknown];
    return ready === true;
  };
}
