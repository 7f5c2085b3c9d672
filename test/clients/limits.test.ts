import { effectiveLimits } from '../../src/clients/limits';

const defaults = { requestsPerSecond: 100, burst: 200, requestsPerDay: 5000 };

it.each([
  ['without any of its own, the defaults', null, defaults],
  [
    'of its own',
    { requestsPerSecond: 1, burst: 2, requestsPerDay: 3 },
    { requestsPerSecond: 1, burst: 2, requestsPerDay: 3 },
  ],
  [
    'with a rate alone, a burst of twice the rate',
    { requestsPerSecond: 7 },
    { ...defaults, requestsPerSecond: 7, burst: 14 },
  ],
  ['with a burst alone, the default rate', { burst: 7 }, { ...defaults, burst: 7 }],
  [
    'with a quota alone, the default rate and burst',
    { requestsPerDay: 7 },
    { ...defaults, requestsPerDay: 7 },
  ],
  ['without a rate limit', { requestsPerSecond: 0 }, { ...defaults, requestsPerSecond: 0, burst: 0 }],
  ['without a quota', { requestsPerDay: 0 }, { ...defaults, requestsPerDay: 0 }],
])('a client has %s', (_, own, effective) => {
  expect(effectiveLimits(own, defaults)).toEqual(effective);
});
