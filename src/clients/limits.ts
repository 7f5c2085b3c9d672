/** How much a client may call. Whole numbers; 0 means no limit. */
export interface Limits {
  /** Requests a second, over all tasks together. */
  readonly requestsPerSecond: number;
  /** Requests that may come at once after a pause. */
  readonly burst: number;
  /** Requests a UTC day. */
  readonly requestsPerDay: number;
}

/** Limits as they are kept for a client; what is `null` or absent is left to the defaults. */
export type OwnLimits = Partial<Readonly<Record<keyof Limits, number | null>>> | null;

/**
 * The limits in effect for a client.
 *
 * A rate of its own without a burst of its own gets a burst of twice the rate.
 */
export function effectiveLimits(own: OwnLimits, defaults: Limits): Limits {
  if (!own) return defaults;
  const requestsPerSecond = own.requestsPerSecond ?? defaults.requestsPerSecond;
  const burst = own.burst ?? (own.requestsPerSecond == null ? defaults.burst : 2 * own.requestsPerSecond);
  return { requestsPerSecond, burst, requestsPerDay: own.requestsPerDay ?? defaults.requestsPerDay };
}
