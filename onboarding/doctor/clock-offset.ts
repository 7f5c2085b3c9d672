/**
 * Estimates how far another clock is ahead of this machine's, in seconds. The other clock showed `time`, truncated to
 * whole seconds, at some moment between `askedAt` and `answeredAt` of this one: a time within that span counts as agreement.
 *
 * @param time and the others: seconds since the epoch
 * @returns 0 if the time is not known
 */
export function clockOffset(time: number, askedAt: number, answeredAt: number): number {
  const offset = time + 1 < askedAt ? time + 1 - askedAt : Math.max(0, time - answeredAt);
  return Math.round(offset) || 0;
}
