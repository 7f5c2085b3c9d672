import { Problem, problems } from '../../http/problem';
import { type ClientUsageQuery, MAX_USAGE_DAYS } from './schema';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

/** Days from the first to the last, both included; each a number of days since the epoch. */
export interface UsageDays {
  readonly first: number;
  readonly last: number;
}

/**
 * The days that a query asks for.
 *
 * @param today in days since the epoch
 * @throws Problem 400 `invalid_query` if there are none, or more than {@link MAX_USAGE_DAYS}
 */
export function usageDays({ from, to }: ClientUsageQuery, today: number): UsageDays {
  const last = to === undefined ? today : Date.parse(to) / DAY_MS;
  const first = from === undefined ? last - DEFAULT_DAYS + 1 : Date.parse(from) / DAY_MS;
  const days = last - first + 1;
  if (days >= 1 && days <= MAX_USAGE_DAYS) return { first, last };
  const end = to === undefined ? 'today' : 'to';
  throw new Problem(problems.invalidQuery, {
    detail: `from: expected a day up to ${end}, and at most ${MAX_USAGE_DAYS} days in all`,
  });
}
