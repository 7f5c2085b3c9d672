import { TraceSampler } from '../../src/observability/trace-sampler';

it.each([
  [0, 0],
  [0.25, 25],
  [1, 100],
])('takes a share of %d', (ratio, expected) => {
  let count = 0;
  jest.spyOn(Math, 'random').mockImplementation(() => (count++ % 100) / 100);
  const sampler = new TraceSampler(ratio, 1_000);
  const taken = Array.from({ length: 100 }, () => sampler.isSampled(0)).filter(Boolean);
  expect(taken).toHaveLength(expected);
});

it('takes so many a second at most', () => {
  const sampler = new TraceSampler(1, 3);
  const taken = [0, 1, 2, 3, 999, 1000, 1001, 1002, 1003, 5000].map((now) => sampler.isSampled(now));
  expect(taken).toEqual([true, true, true, false, false, true, true, true, false, true]);
});
