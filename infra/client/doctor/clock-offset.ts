/**
 * How far a clock is ahead of this machine's, in seconds. It showed `time`, cut to whole seconds, between two looks at
 * ours; however long the answer took, a time between them says that the clocks agree.
 *
 * @param time and the others: seconds since the epoch
 * @returns 0 where the time is not known
 */
export function clockOffset(time: number, askedAt: number, answeredAt: number): number {
  const offset = time + 1 < askedAt ? time + 1 - askedAt : Math.max(0, time - answeredAt);
  return Math.round(offset) || 0;
}
