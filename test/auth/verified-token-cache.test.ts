import type { Caller } from '../../src/auth/caller';
import { VerifiedTokenCache } from '../../src/auth/verified-token-cache';
import { freezeTime, NOW } from './fixture';

const caller = { clientId: 'a' } as Caller;
const other = { clientId: 'b' } as Caller;

let cache: VerifiedTokenCache;

beforeEach(() => {
  freezeTime();
  cache = new VerifiedTokenCache();
});

afterEach(() => void jest.useRealTimers());

/** Twice, after which it is kept. */
function keep(token: string, its = caller): void {
  cache.add(token, its);
  cache.add(token, its);
}

const numbered = (i: number, filling = '') => `token-${filling}${String(i).padStart(8, '0')}`;

it('knows no token at first', () => {
  expect(cache.get(numbered(1))).toBeUndefined();
});

it('keeps a token from its second time on', () => {
  cache.add(numbered(1), caller);
  expect(cache.get(numbered(1))).toBeUndefined();
  cache.add(numbered(1), caller);
  expect(cache.get(numbered(1))).toBe(caller);
});

it('distinguishes tokens', () => {
  keep(numbered(1));
  keep(numbered(2), other);
  expect([cache.get(numbered(1)), cache.get(numbered(2))]).toEqual([caller, other]);
});

it('does not mistake the beginning of a token for the token', () => {
  keep(numbered(1));
  expect(cache.get(numbered(1).slice(0, -1))).toBeUndefined();
});

it('does not mistake one token for another that ends alike', () => {
  const end = numbered(1, 'c'.repeat(100));
  keep(`a${end}`);
  expect(cache.get(`b${end}`)).toBeUndefined();
});

it('distinguishes tokens that end alike but for 43 characters', () => {
  const end = 'c'.repeat(42);
  keep(`a${end}`);
  keep(`b${end}`, other);
  expect([cache.get(`a${end}`), cache.get(`b${end}`)]).toEqual([caller, other]);
});

it('keeps a token for less than a minute', () => {
  keep(numbered(1));
  jest.advanceTimersByTime(59_999);
  expect(cache.get(numbered(1))).toBe(caller);
  jest.advanceTimersByTime(1);
  expect(cache.get(numbered(1))).toBeUndefined();
});

it('does not keep a token longer because it is used', () => {
  keep(numbered(1));
  jest.advanceTimersByTime(30_000);
  expect(cache.get(numbered(1))).toBe(caller);
  jest.advanceTimersByTime(30_000);
  expect(cache.get(numbered(1))).toBeUndefined();
});

it('keeps a token that was verified again for another minute', () => {
  keep(numbered(1));
  jest.advanceTimersByTime(60_000);
  cache.add(numbered(1), other);
  jest.advanceTimersByTime(59_999);
  expect(cache.get(numbered(1))).toBe(other);
});

it.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])('keeps a token just as long when the clock is set %s', (_, step) => {
  keep(numbered(1));
  jest.setSystemTime(NOW + step);
  jest.advanceTimersByTime(59_999);
  expect(cache.get(numbered(1))).toBe(caller);
  jest.advanceTimersByTime(1);
  expect(cache.get(numbered(1))).toBeUndefined();
});

it('forgets all tokens when it is cleared', () => {
  keep(numbered(1));
  cache.clear();
  expect(cache.get(numbered(1))).toBeUndefined();
});

describe('is bounded', () => {
  it('to 10,000 tokens, of which the one used longest ago goes first', () => {
    for (let i = 0; i < 10_000; i += 1) keep(numbered(i));
    expect(cache.get(numbered(0))).toBe(caller);
    keep(numbered(10_000));
    expect(cache.get(numbered(0))).toBe(caller);
    expect(cache.get(numbered(1))).toBeUndefined();
    expect(cache.get(numbered(2))).toBe(caller);
  });

  it('to 16 Mi characters', () => {
    // 1,024 tokens of 16 KB, the longest that there are.
    const large = (i: number) => numbered(i, 'c'.repeat(16 * 1024 - numbered(0).length));
    for (let i = 0; i < 1_024; i += 1) keep(large(i));
    expect(cache.get(large(0))).toBe(caller);
    keep(numbered(2_000));
    expect(cache.get(large(1))).toBeUndefined();
    expect(cache.get(large(2))).toBe(caller);
  });
});
