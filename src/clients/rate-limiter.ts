import type { Limits } from './limits';

/** What a client has left under one policy. */
export interface Allowance {
  readonly policy: 'second' | 'day';
  /** Quota of the policy: requests. */
  readonly quota: number;
  /** Window of the policy, in seconds. */
  readonly window: number;
  /** Requests that the client can still make, over all tasks. */
  readonly remaining: number;
  /** Seconds within which it can make no more than `remaining`. */
  readonly effectiveWindow: number;
}

/** Whether a request may go on, and what the client has left then. */
export interface Decision {
  /** The policies that the request would violate; none if it may go on. */
  readonly violated: readonly Allowance['policy'][];
  /** One for each limit that the client has. */
  readonly allowances: readonly Allowance[];
}

interface Bucket {
  tokens: number;
  /** When `tokens` was right, in milliseconds on the monotonic clock. */
  at: number;
}
