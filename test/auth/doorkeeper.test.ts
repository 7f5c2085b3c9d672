import { Doorkeeper } from '../../src/auth/doorkeeper';

const numbered = (i: number) => `a-token-${String(i).padStart(8, '0')}`;

it('does not know a token that comes for the first time', () => {
  expect(new Doorkeeper().seenBefore(numbered(1))).toBe(false);
});

it('knows a token that comes again, and again', () => {
  const doorkeeper = new Doorkeeper();
  doorkeeper.seenBefore(numbered(1));
  expect(doorkeeper.seenBefore(numbered(1))).toBe(true);
  expect(doorkeeper.seenBefore(numbered(1))).toBe(true);
});

it('compares the last eight characters', () => {
  const doorkeeper = new Doorkeeper();
  doorkeeper.seenBefore('xx12345678');
  expect(doorkeeper.seenBefore('xx02345678')).toBe(false);
  expect(doorkeeper.seenBefore('xx12345670')).toBe(false);
  expect(doorkeeper.seenBefore('yy12345678')).toBe(true);
});

it('knows a token of the same slot from another', () => {
  const doorkeeper = new Doorkeeper();
  const token = numbered(0);
  doorkeeper.seenBefore(token);
  // 10,000 tokens do not fill all slots, but several hundred pairs of them share one.
  const forgotten = Array.from({ length: 9_999 }, (_, i) => numbered(i + 1));
  const mistaken = forgotten.filter((other) => doorkeeper.seenBefore(other));
  expect(mistaken).toEqual([]);
});

it('forgets all tokens after 10,000', () => {
  const doorkeeper = new Doorkeeper();
  for (let i = 0; i < 10_000; i += 1) doorkeeper.seenBefore(numbered(i));
  expect(doorkeeper.seenBefore(numbered(9_999))).toBe(true);
  expect(doorkeeper.seenBefore(numbered(0))).toBe(true);
  doorkeeper.seenBefore(numbered(10_000));
  expect(doorkeeper.seenBefore(numbered(9_999))).toBe(false);
});

it('forgets all tokens after the next 10,000 too', () => {
  const doorkeeper = new Doorkeeper();
  for (let i = 0; i < 20_000; i += 1) doorkeeper.seenBefore(numbered(i));
  expect(doorkeeper.seenBefore(numbered(10_000))).toBe(true);
  doorkeeper.seenBefore(numbered(20_000));
  expect(doorkeeper.seenBefore(numbered(19_999))).toBe(false);
});

it('does not count a token that comes again', () => {
  const doorkeeper = new Doorkeeper();
  for (let i = 0; i < 20_000; i += 1) doorkeeper.seenBefore(numbered(0));
  for (let i = 0; i < 10_000; i += 1) doorkeeper.seenBefore(numbered(i));
  expect(doorkeeper.seenBefore(numbered(0))).toBe(true);
});
