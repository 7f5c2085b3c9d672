/** How much a client may call. Whole numbers; 0 means no limit. */
export interface Limits {
  /** Requests a second, over all tasks together. */
  readonly requestsPerSecond: number;
  /** Requests that may come at once after a pause. */
  readonly burst: number;
  /** Requests a UTC day. */
  readonly requestsPerDay: number;
}

/** Limits of one client; what is left out is left to the defaults. */
export type OwnLimits = Partial<Limits>;

/**
 * The limits in effect for a client.
 *
 * A rate of its own without a burst of its own gets a burst of twice the rate.
 *
 * @param own `null` where the client has none of its own
 */
export function effectiveLimits(own: OwnLimits | null, defaults: Limits): Limits {
  if (!own) return defaults;
  const { requestsPerSecond, requestsPerDay } = own;
  const burst = own.burst ?? (requestsPerSecond === undefined ? defaults.burst : 2 * requestsPerSecond);
  return {
    requestsPerSecond: requestsPerSecond ?? defaults.requestsPerSecond,
    burst,
    requestsPerDay: requestsPerDay ?? defaults.requestsPerDay,
  };
}

/** Limits of one client, as the table `clients` has them. */
export interface LimitColumns {
  readonly requests_per_second: number | null;
  readonly burst: number | null;
  readonly requests_per_day: number | null;
}

/** The limits that a row has; `null` if it has none. */
export function toOwnLimits(row: LimitColumns): OwnLimits | null {
  const { requests_per_second: requestsPerSecond, burst, requests_per_day: requestsPerDay } = row;
  const limits = {
    ...(requestsPerSecond !== null && { requestsPerSecond }),
    ...(burst !== null && { burst }),
    ...(requestsPerDay !== null && { requestsPerDay }),
  };
  return Object.keys(limits).length > 0 ? limits : null;
}
