import fc from 'fast-check';
import { ClientLimiter, type DayState } from '../../src/clients/client-limiter';
import type { Limits } from '../../src/clients/limits';

const unused: DayState = { granted: 0, endsAt: 3_600_000 };

function limits(requestsPerSecond: number, burst: number, requestsPerDay = 0): Limits {
  return { requestsPerSecond, burst, requestsPerDay };
}

/** How many requests are granted of so many at one time. */
function granted(limiter: ClientLimiter, requests: number, now: number, day = unused): number {
  let count = 0;
  for (let request = 0; request < requests; request += 1) if (limiter.take(now, day)) count += 1;
  return count;
}

describe('the rate', () => {
  it('grants the burst at once, and then so many a second', () => {
    const limiter = new ClientLimiter(limits(5, 10), 1);
    expect(granted(limiter, 20, 0)).toBe(10);
    expect(granted(limiter, 20, 199)).toBe(0);
    expect(granted(limiter, 20, 200)).toBe(1);
    expect(granted(limiter, 20, 1_200)).toBe(5);
  });

  it('never grants more than the burst after a pause', () => {
    const limiter = new ClientLimiter(limits(5, 10), 1);
    granted(limiter, 10, 0);
    expect(granted(limiter, 20, 3_600_000)).toBe(10);
  });

  it('is shared out among the tasks, each with room for one request at least', () => {
    expect(granted(new ClientLimiter(limits(6, 12), 3), 20, 0)).toBe(4);
    const small = new ClientLimiter(limits(1, 1), 4);
    expect(granted(small, 5, 0)).toBe(1);
    expect(granted(small, 5, 3_999)).toBe(0);
    expect(granted(small, 5, 4_000)).toBe(1);
  });

  it('does not count what is refused', () => {
    const limiter = new ClientLimiter(limits(1, 1), 1);
    granted(limiter, 1_000, 0);
    expect(granted(limiter, 1, 1_000)).toBe(1);
  });

  it('grants one request at a time where the burst is 0', () => {
    const limiter = new ClientLimiter(limits(5, 0), 1);
    expect(granted(limiter, 5, 0)).toBe(1);
    expect(granted(limiter, 5, 200)).toBe(1);
  });

  it('of 0 is no limit', () => {
    const limiter = new ClientLimiter(limits(0, 1), 1);
    expect(granted(limiter, 10_000, 0)).toBe(10_000);
    expect(limiter.policy).toBeUndefined();
    expect(limiter.violations(0, unused).size).toBe(0);
  });
});

describe('the quota of the day', () => {
  it('grants nothing more once it is used up, by whichever task', () => {
    const limiter = new ClientLimiter(limits(0, 0, 100), 3);
    expect(limiter.take(0, { granted: 99, endsAt: 1_000 })).toBe(true);
    expect(limiter.take(0, { granted: 100, endsAt: 1_000 })).toBe(false);
    expect(limiter.take(0, { granted: 105, endsAt: 1_000 })).toBe(false);
  });

  it('that is used up leaves the rate as it is', () => {
    const limiter = new ClientLimiter(limits(1, 1, 1), 1);
    expect(limiter.take(0, { granted: 1, endsAt: 1_000 })).toBe(false);
    expect(limiter.take(0, unused)).toBe(true);
  });
});

describe('a change', () => {
  it.each([
    ['higher', limits(10, 20), 10],
    ['lower', limits(1, 2), 1],
    ['longer', limits(5, 10_000), 5],
  ])('to %s limits fills no bucket, and applies from then on', (_, changed, aSecond) => {
    const limiter = new ClientLimiter(limits(5, 10), 1);
    granted(limiter, 10, 0);
    limiter.update(changed, 1, 0);
    expect(granted(limiter, 30, 0)).toBe(0);
    expect(granted(limiter, 30, 1_000)).toBe(aSecond);
  });

  it('to limits where there were none begins with a full bucket', () => {
    const limiter = new ClientLimiter(limits(0, 0), 1);
    granted(limiter, 10, 0);
    limiter.update(limits(1, 3), 1, 0);
    expect(granted(limiter, 5, 0)).toBe(3);
  });

  it('of the number of tasks makes an empty bucket no fuller, and a full one no emptier', () => {
    const empty = new ClientLimiter(limits(10, 20), 4);
    granted(empty, 20, 0);
    empty.update(limits(10, 20), 1, 0);
    expect(granted(empty, 20, 0)).toBe(0);
    const full = new ClientLimiter(limits(10, 20), 4);
    full.update(limits(10, 20), 1, 0);
    expect(granted(full, 30, 0)).toBe(20);
  });

  it('of nothing changes nothing', () => {
    const own = limits(1, 2);
    const limiter = new ClientLimiter(own, 1);
    granted(limiter, 2, 0);
    limiter.update(own, 1, 500);
    expect(granted(limiter, 2, 999)).toBe(0);
    expect(granted(limiter, 2, 1_000)).toBe(1);
  });
});

describe('the headers', () => {
  it('name the policies that apply', () => {
    expect(new ClientLimiter(limits(50, 100), 4).policy).toBe('"second";q=100;w=2');
    expect(new ClientLimiter(limits(50, 101, 7), 4).policy).toBe('"second";q=101;w=3, "day";q=7;w=86400');
    expect(new ClientLimiter(limits(0, 0, 7), 4).policy).toBe('"day";q=7;w=86400');
    expect(new ClientLimiter(limits(5, 0), 4).policy).toBe('"second";q=1;w=1');
  });

  it('count down what is left, and up again', () => {
    const limiter = new ClientLimiter(limits(1, 3), 1);
    expect(limiter.remaining(0, unused)).toBe('"second";r=3;t=1');
    limiter.take(0, unused);
    expect(limiter.remaining(0, unused)).toBe('"second";r=2;t=1');
    granted(limiter, 2, 0);
    expect(limiter.remaining(0, unused)).toBe('"second";r=0;t=1');
    expect(limiter.remaining(1_000, unused)).toBe('"second";r=1;t=1');
  });

  it("show this task's remainder times the tasks, never more than the burst", () => {
    const limiter = new ClientLimiter(limits(40, 10), 4);
    expect(limiter.remaining(0, unused)).toBe('"second";r=8;t=1');
    expect(new ClientLimiter(limits(40, 2), 4).remaining(0, unused)).toBe('"second";r=2;t=1');
  });

  it('follow a change of limits and tasks, also where this task has as much left as before', () => {
    const limiter = new ClientLimiter(limits(40, 8), 4);
    expect(limiter.remaining(0, unused)).toBe('"second";r=8;t=1');
    limiter.update(limits(40, 4), 2, 0);
    expect(limiter.remaining(0, unused)).toBe('"second";r=4;t=1');
  });

  it('show how long this task takes to have one more', () => {
    const limiter = new ClientLimiter(limits(1, 8), 4);
    granted(limiter, 2, 0);
    expect(limiter.remaining(0, unused)).toBe('"second";r=0;t=4');
    expect(limiter.remaining(2_500, unused)).toBe('"second";r=0;t=2');
    expect(limiter.violations(2_500, unused)).toEqual(new Map([['second', 2]]));
  });

  it('show what is left of the day, and until when', () => {
    const limiter = new ClientLimiter(limits(1, 1, 10), 2);
    const day = { granted: 4, endsAt: 90_500 };
    expect(limiter.remaining(500, day)).toBe('"second";r=1;t=1, "day";r=6;t=90');
    expect(limiter.remaining(500, { ...day, granted: 12 })).toContain('"day";r=0;t=90');
    expect(limiter.violations(500, { ...day, granted: 10 })).toEqual(new Map([['day', 90]]));
  });
});

describe('in any sequence of requests', () => {
  const anyLimits = fc.record({
    requestsPerSecond: fc.integer({ min: 1, max: 1_000 }),
    burst: fc.integer({ min: 0, max: 2_000 }),
    requestsPerDay: fc.constant(0),
  });
  const pauses = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 50 }), fc.double({ min: 0, max: 5_000, noNaN: true })),
    {
      maxLength: 300,
    },
  );
  const tasks = fc.integer({ min: 1, max: 20 });

  it('grants in any stretch of time no more than the bucket holds, and what the share of the rate makes up', () => {
    fc.assert(
      fc.property(anyLimits, tasks, pauses, (own, tasks, pauses) => {
        const limiter = new ClientLimiter(own, tasks);
        const room = Math.max(1, Math.max(1, own.burst) / tasks);
        const perMs = own.requestsPerSecond / tasks / 1000;
        let now = 0;
        const times: number[] = [];
        for (const pause of pauses) {
          now += pause;
          if (limiter.take(now, unused)) times.push(now);
        }
        for (let first = 0; first < times.length; first += 1)
          for (let last = first; last < times.length; last += 1)
            expect(last - first + 1).toBeLessThanOrEqual(
              room + (times[last]! - times[first]!) * perMs + 0.001,
            );
      }),
    );
  });

  it('grants what comes after the time that a refusal asks to wait', () => {
    fc.assert(
      fc.property(anyLimits, tasks, pauses, (own, tasks, pauses) => {
        const limiter = new ClientLimiter(own, tasks);
        let now = 1_000_000_000;
        for (const pause of pauses) {
          now += pause;
          if (limiter.take(now, unused)) continue;
          now += limiter.violations(now, unused).get('second')! * 1000;
          expect(limiter.take(now, unused)).toBe(true);
        }
      }),
    );
  });

  it('has left what it then grants at once', () => {
    fc.assert(
      fc.property(anyLimits, pauses, (own, pauses) => {
        const limiter = new ClientLimiter(own, 1);
        let now = 1_000_000_000;
        for (const pause of pauses) {
          now += pause;
          limiter.take(now, unused);
        }
        const left = Number(/r=(\d+)/.exec(limiter.remaining(now, unused))![1]);
        expect(granted(limiter, left + 1, now)).toBe(left);
      }),
    );
  });

  it('forgets nothing by being forgotten when it is idle', () => {
    fc.assert(
      fc.property(anyLimits, tasks, pauses, (own, tasks, pauses) => {
        const kept = new ClientLimiter(own, tasks);
        let forgotten = new ClientLimiter(own, tasks);
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          if (forgotten.isIdle(now)) forgotten = new ClientLimiter(own, tasks);
          expect(forgotten.take(now, unused)).toBe(kept.take(now, unused));
        }
      }),
    );
  });
});
