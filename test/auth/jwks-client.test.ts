import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { KeysUnavailableError } from '../../src/auth/errors';
import { jwksServer } from '../support/jwks-server';
import { signingKey } from '../support/user-pool';
import { delayTimers, endOfFetch, freezeTime, gate, heldBack, NOW, rig, type Rig } from './fixture';

const first = signingKey({ kid: 'first' }).jwk;
const second = signingKey({ kid: 'second' }).jwk;
const FIRST = { keys: [first] };
const BOTH = { keys: [first, second] };

const failure: RequestListener = (_req, res) => res.writeHead(500).end();

let keys: Rig;

beforeEach(freezeTime);

afterEach(async () => {
  await keys.close();
  jest.useRealTimers();
});

function kids(): string[] {
  return [...keys.jwksClient.getKeys().keys()];
}

function fetches(): number {
  return keys.jwksClient.status().fetches;
}

/** Seconds in `Retry-After` of the KeysUnavailableError that is thrown. */
function retryAfter(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    if (error instanceof KeysUnavailableError) return error.headers['Retry-After'];
    throw error;
  }
  throw new Error('there are keys');
}

/** The same for a `kid` that is looked for. */
async function retryAfterFor(kid: string): Promise<unknown> {
  const outcome = await keys.jwksClient.fetchFor(kid).then(
    () => undefined,
    (error: unknown) => error,
  );
  return retryAfter(() => {
    if (outcome !== undefined) throw outcome as Error;
  });
}

/** Advances time to just before a fetch, and then to it. */
async function expectFetchAfter(milliseconds: number): Promise<void> {
  const before = fetches();
  await keys.pass(milliseconds - 1);
  expect(fetches()).toBe(before);
  await keys.pass(1);
  expect(fetches()).toBe(before + 1);
}

describe('at start', () => {
  it('has no keys before the first fetch', async () => {
    keys = await rig(FIRST);
    expect(retryAfter(kids)).toBe('1');
    expect(keys.jwksClient.lastFetchFailed).toBe(false);
    expect(keys.jwksClient.status()).toEqual({
      state: 'unavailable',
      ageSeconds: undefined,
      keys: 0,
      skipped: 0,
      fetches: 0,
      failures: 0,
    });
    expect(keys.jwks.requests).toBe(0);
  });

  it('has keys after the first fetch', async () => {
    keys = await rig(BOTH);
    await keys.jwksClient.start();
    expect(kids()).toEqual(['first', 'second']);
    expect(keys.jwksClient.status()).toEqual({
      state: 'fresh',
      ageSeconds: 0,
      keys: 2,
      skipped: 0,
      fetches: 1,
      failures: 0,
    });
  });

  it('resolves after a failed fetch too', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    expect(keys.jwksClient.lastFetchFailed).toBe(true);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'unavailable', fetches: 1, failures: 1 });
  });

  it('recovers from a failed fetch', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    keys.jwks.serve(FIRST);
    await keys.pass(500);
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.lastFetchFailed).toBe(false);
  });
});

describe('the refresh', () => {
  it.each([
    ['the whole time at most', 0, 300_000],
    ['a twentieth less, by chance', 0.5, 285_000],
    ['a tenth less at most', 0.9999, 270_003],
  ])('comes after %s', async (_, random, delay) => {
    jest.mocked(Math.random).mockReturnValue(random);
    keys = await rig(FIRST, { refreshSeconds: 300 });
    await keys.jwksClient.start();
    await expectFetchAfter(delay);
  });

  it('comes as often as configured', async () => {
    keys = await rig(FIRST, { refreshSeconds: 1 });
    await keys.jwksClient.start();
    await expectFetchAfter(1_000);
    await expectFetchAfter(1_000);
    expect(keys.jwks.requests).toBe(3);
  });

  it('counts from the end of the previous fetch', async () => {
    const answer = gate();
    keys = await rig(heldBack(FIRST, answer), { refreshSeconds: 60 });
    const started = keys.jwksClient.start();
    jest.advanceTimersByTime(2_000);
    answer.open();
    await started;
    await expectFetchAfter(60_000);
  });

  it('backs off from 0.5 s to 10 s while it fails', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    for (const delay of [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000])
      await expectFetchAfter(delay);
    expect(keys.jwksClient.status().failures).toBe(9);
    expect(keys.jwks.requests).toBe(9);
  });

  it('has no jitter while it backs off', async () => {
    jest.mocked(Math.random).mockReturnValue(0.99999);
    keys = await rig(failure);
    await keys.jwksClient.start();
    await expectFetchAfter(500);
  });

  it('returns to its ordinary pace after a success', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    await keys.pass(500);
    keys.jwks.serve(FIRST);
    await keys.pass(1_000);
    await expectFetchAfter(300_000);
  });

  it('backs off from 0.5 s again after a success', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    await keys.pass(500);
    keys.jwks.serve(FIRST);
    await keys.pass(1_000);
    keys.jwks.serve(failure);
    await keys.pass(300_000);
    await expectFetchAfter(500);
    await expectFetchAfter(1_000);
  });

  it('logs each failure with its cause and the number of failures in a row', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    await keys.pass(500);
    expect(keys.log).toMatchObject([
      { level: 'warn', message: 'key set not fetched', fields: { failuresInARow: 1 } },
      { level: 'warn', message: 'key set not fetched', fields: { failuresInARow: 2 } },
    ]);
    expect(keys.log[0]?.fields['err']).toBeInstanceOf(Error);
  });
});

describe('the last good keys stay', () => {
  const invalidUtf8 = JSON.stringify({ keys: [{ ...first, x5t: '?' }] });
  const sizes = { over: 150_001, bomb: 20_000_000 };
  const padded = (bytes: number): string => JSON.stringify(BOTH).padEnd(bytes);

  it.each<[string, object | RequestListener]>([
    ['status 500', failure],
    ['status 403', (_req, res) => res.writeHead(403).end(JSON.stringify(BOTH))],
    ['status 404', (_req, res) => res.writeHead(404).end(JSON.stringify(BOTH))],
    ['status 204', (_req, res) => res.writeHead(204).end()],
    ['garbage', (_req, res) => res.end('<html>')],
    ['an empty body', (_req, res) => res.end()],
    ['JSON null', (_req, res) => res.end('null')],
    ['an array of keys', BOTH.keys],
    ['an object without keys', {}],
    ['a JWK Set without keys', { keys: [] }],
    ['a JWK Set without a usable key', { keys: [{ ...second, alg: 'RS512' }] }],
    ['an oversized body', (_req, res) => res.end(padded(sizes.over))],
    [
      'an oversized body in chunks',
      (_req, res) => {
        res.write(padded(sizes.over - 1));
        res.end(' ');
      },
    ],
    [
      'a small body that inflates',
      (_req, res) =>
        res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(padded(sizes.bomb), { level: 9 })),
    ],
    ['invalid UTF-8', (_req, res) => res.end(Buffer.from(invalidUtf8.replace('?', '\xff'), 'latin1'))],
    ['a connection that breaks', (req) => req.socket.destroy()],
    [
      'a body that breaks off',
      (req, res) => {
        res.writeHead(200, { 'content-length': '100000' });
        res.write('{"keys":[', () => req.socket.destroy());
      },
    ],
  ])('on %s', async (_, fault) => {
    keys = await rig(FIRST);
    await keys.jwksClient.start();
    const before = keys.jwksClient.getKeys();
    keys.jwks.serve(fault);
    await keys.pass(300_000);
    expect(keys.jwksClient.getKeys()).toBe(before);
    expect(keys.jwksClient.status()).toEqual({
      state: 'stale',
      ageSeconds: 300,
      keys: 1,
      skipped: 0,
      fetches: 2,
      failures: 1,
    });
  });

  it.each([301, 302, 303, 307, 308])('on redirect %d, which is not followed', async (status) => {
    const elsewhere = await jwksServer(BOTH);
    keys = await rig(FIRST);
    await keys.jwksClient.start();
    keys.jwks.serve((_req, res) => res.writeHead(status, { location: elsewhere.url }).end());
    await keys.pass(300_000);
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.lastFetchFailed).toBe(true);
    expect(elsewhere.requests).toBe(0);
    await elsewhere.close();
  });

  it('when the endpoint hangs, which ends after three seconds', async () => {
    keys = await rig(FIRST);
    await keys.jwksClient.start();
    keys.jwks.serve(() => undefined);
    jest.advanceTimersByTime(300_000);
    const ended = endOfFetch(keys.jwksClient);
    await keys.jwks.requested(2);
    jest.advanceTimersByTime(2_999);
    expect(keys.jwksClient.lastFetchFailed).toBe(false);
    jest.advanceTimersByTime(1);
    await ended;
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.lastFetchFailed).toBe(true);
  });

  it('when the endpoint is down', async () => {
    keys = await rig(FIRST);
    await keys.jwksClient.start();
    await keys.jwks.close();
    await keys.pass(300_000);
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.lastFetchFailed).toBe(true);
  });
});

describe('the age of keys', () => {
  beforeEach(async () => {
    keys = await rig(FIRST, { refreshSeconds: 300, maxStaleSeconds: 1_000 });
    await keys.jwksClient.start();
  });

  /** To an age of so many milliseconds, without a fetch that succeeds. */
  async function age(milliseconds: number): Promise<void> {
    keys.jwks.serve(failure);
    await keys.pass(300_000);
    jest.advanceTimersByTime(400);
    delayTimers(milliseconds - 300_400);
  }

  it('may reach its bound', async () => {
    await age(1_000_000);
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'stale', ageSeconds: 1_000, keys: 1 });
  });

  it('may not pass its bound', async () => {
    await age(1_000_001);
    expect(kids).toThrow(KeysUnavailableError);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'unavailable', ageSeconds: 1_000.001 });
  });

  it.each([
    ['may reach its bound', 1_000_000, 'stale'],
    ['may not pass its bound', 1_000_001, 'unavailable'],
  ])('counts from the last fetch that succeeded, even if it brought no change: %s', async (_, ms, state) => {
    await keys.pass(300_000);
    await age(ms);
    expect(keys.jwksClient.status()).toMatchObject({ state });
  });

  it.each([
    ['forward by a day', 86_400_000],
    ['forward by a year', 365 * 86_400_000],
    ['back by a day', -86_400_000],
  ])('does not change when the clock is set %s', (_, step) => {
    jest.setSystemTime(NOW + step);
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'fresh', ageSeconds: 0 });
  });

  it('passes its bound though the clock was set back', async () => {
    jest.setSystemTime(NOW - 86_400_000);
    await age(1_000_001);
    expect(kids).toThrow(KeysUnavailableError);
  });

  it('counts from the end of that fetch', async () => {
    const answer = gate();
    keys.jwks.serve(heldBack(FIRST, answer));
    jest.advanceTimersByTime(300_000);
    jest.advanceTimersByTime(2_000);
    expect(keys.jwksClient.status()).toMatchObject({ ageSeconds: 302 });
    answer.open();
    await endOfFetch(keys.jwksClient);
    expect(keys.jwksClient.status()).toMatchObject({ ageSeconds: 0 });
  });

  it('starts again with the next fetch that succeeds', async () => {
    await age(2_000_000);
    expect(kids).toThrow(KeysUnavailableError);
    keys.jwks.serve(FIRST);
    await keys.pass(100);
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'fresh', ageSeconds: 0 });
  });
});

describe('keys that are too old because their refresh is late', () => {
  beforeEach(async () => {
    keys = await rig(FIRST, { refreshSeconds: 300, maxStaleSeconds: 1_000 });
    await keys.jwksClient.start();
  });

  it('cause a fetch at once, and are available after it', async () => {
    delayTimers(1_000_001);
    expect(retryAfter(kids)).toBe('1');
    expect(fetches()).toBe(2);
    await endOfFetch(keys.jwksClient);
    expect(kids()).toEqual(['first']);
  });

  it('cause one fetch, however often they are asked for', async () => {
    delayTimers(1_000_001);
    for (let i = 0; i < 10; i += 1) expect(retryAfter(kids)).toBe('1');
    expect(fetches()).toBe(2);
    await endOfFetch(keys.jwksClient);
    expect(keys.jwks.requests).toBe(2);
  });

  it('cause no fetch while a failed one waits for its turn', async () => {
    keys.jwks.serve(failure);
    await keys.pass(300_000);
    delayTimers(1_000_000);
    expect(kids).toThrow(KeysUnavailableError);
    expect(fetches()).toBe(2);
  });

  it('cause no fetch once stopped', () => {
    keys.jwksClient.stop();
    delayTimers(1_000_001);
    expect(kids).toThrow(KeysUnavailableError);
    expect(fetches()).toBe(1);
  });
});

describe('Retry-After', () => {
  it.each([
    ['is one second at least', 0, '1'],
    ['is rounded up', -600, '2'],
    ['is the time to the next attempt', -9_500, '10'],
    ['is one second when the next attempt is overdue', 60_000, '1'],
  ])('%s', async (_, late, seconds) => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    delayTimers(late);
    expect(retryAfter(kids)).toBe(seconds);
  });

  it.each([
    ['forward', 86_400_000],
    ['back', -86_400_000],
  ])('does not change when the clock is set %s', async (_, step) => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    jest.setSystemTime(NOW + step);
    expect(retryAfter(kids)).toBe('1');
  });

  it('is one second while the first fetch is under way', async () => {
    const answer = gate();
    keys = await rig(heldBack(FIRST, answer));
    const started = keys.jwksClient.start();
    jest.advanceTimersByTime(1_000);
    expect(retryAfter(kids)).toBe('1');
    answer.open();
    await started;
  });
});

describe('when keys change', () => {
  beforeEach(async () => {
    keys = await rig(BOTH);
    await keys.jwksClient.start();
  });

  it.each([
    ['nothing changed', BOTH],
    ['their order changed', { keys: [second, first] }],
    ['a key was added that is not usable', { keys: [first, second, { kty: 'EC' }] }],
  ])('the map stays the same object where %s', async (_, document) => {
    const before = keys.jwksClient.getKeys();
    keys.jwks.serve(document);
    await keys.pass(300_000);
    expect(keys.jwksClient.status()).toMatchObject({ fetches: 2, failures: 0 });
    expect(keys.jwksClient.getKeys()).toBe(before);
  });

  it('a new key is available', async () => {
    keys.jwks.serve({ keys: [first, second, { ...second, kid: 'third' }] });
    await keys.pass(300_000);
    expect(kids()).toEqual(['first', 'second', 'third']);
  });

  it('a withdrawn key is gone', async () => {
    keys.jwks.serve(FIRST);
    await keys.pass(300_000);
    expect(kids()).toEqual(['first']);
  });

  it('all of them can change at once', async () => {
    keys.jwks.serve({ keys: [{ ...first, kid: 'third' }] });
    await keys.pass(300_000);
    expect(kids()).toEqual(['third']);
  });

  it('new material under an old kid replaces the old', async () => {
    keys.jwks.serve({ keys: [first, { ...first, kid: 'second' }] });
    await keys.pass(300_000);
    expect(keys.jwksClient.getKeys().get('second')?.n).toBe(first['n']);
  });

  it('the log lists the new ones, once', async () => {
    keys.jwks.serve({ keys: [second, { kty: 'EC' }] });
    await keys.pass(300_000);
    await keys.pass(300_000);
    expect(keys.log).toEqual([
      { level: 'info', message: 'key set changed', fields: { kids: ['first', 'second'], skipped: 0 } },
      { level: 'info', message: 'key set changed', fields: { kids: ['second'], skipped: 1 } },
    ]);
  });

  it('the status counts those that are skipped', async () => {
    keys.jwks.serve({ keys: [null, second, { kty: 'EC' }] });
    await keys.pass(300_000);
    expect(keys.jwksClient.status()).toMatchObject({ keys: 1, skipped: 2 });
    keys.jwks.serve(FIRST);
    await keys.pass(300_000);
    expect(keys.jwksClient.status()).toMatchObject({ keys: 1, skipped: 0 });
  });
});

describe('an unknown kid', () => {
  beforeEach(async () => {
    keys = await rig(FIRST);
    await keys.jwksClient.start();
    // So that it is never first seen in the instant of the first fetch.
    jest.advanceTimersByTime(1);
  });

  it('causes a fetch, which brings its key', async () => {
    keys.jwks.serve(BOTH);
    await keys.jwksClient.fetchFor('second');
    expect(kids()).toEqual(['first', 'second']);
    expect(fetches()).toBe(2);
  });

  it('is settled by a fetch that does not bring it', async () => {
    await expect(keys.jwksClient.fetchFor('second')).resolves.toBeUndefined();
    expect(fetches()).toBe(2);
  });

  it('shares the fetch of all that come at the same time', async () => {
    const answer = gate();
    keys.jwks.serve(heldBack(BOTH, answer));
    const waiting = Array.from({ length: 100 }, (_, i) => keys.jwksClient.fetchFor(`kid-${i}`));
    answer.open();
    await Promise.all(waiting);
    expect(keys.jwks.requests).toBe(2);
  });

  it('puts off the next refresh', async () => {
    await keys.pass(200_000);
    await keys.jwksClient.fetchFor('second');
    await expectFetchAfter(300_000);
  });

  it('causes a fetch right after a refresh', async () => {
    await keys.pass(299_999);
    await keys.pass(1);
    await keys.jwksClient.fetchFor('second');
    expect(fetches()).toBe(3);
  });

  describe('within ten seconds of the fetch that another caused', () => {
    it.each([
      [1, '10'],
      [1_000, '9'],
      [1_001, '9'],
      [8_999, '2'],
      [9_000, '1'],
      [9_999, '1'],
    ])('cannot be judged: after %d ms, try again in %s s', async (later, seconds) => {
      await keys.jwksClient.fetchFor('made-up');
      jest.advanceTimersByTime(later);
      expect(await retryAfterFor('second')).toBe(seconds);
      expect(fetches()).toBe(2);
    });

    it('cannot be judged, whatever the system clock says', async () => {
      await keys.jwksClient.fetchFor('made-up');
      jest.setSystemTime(NOW + 3_600_000);
      jest.advanceTimersByTime(1);
      expect(await retryAfterFor('second')).toBe('10');
      jest.setSystemTime(NOW - 3_600_000);
      expect(await retryAfterFor('third')).toBe('10');
    });

    it('counts them from the beginning of that fetch', async () => {
      const answer = gate();
      keys.jwks.serve(heldBack(FIRST, answer));
      const waiting = keys.jwksClient.fetchFor('made-up');
      jest.advanceTimersByTime(2_000);
      answer.open();
      await waiting;
      expect(await retryAfterFor('second')).toBe('8');
    });

    it('counts them from that fetch, whatever was refreshed since', async () => {
      await keys.close();
      keys = await rig(FIRST, { refreshSeconds: 6 });
      await keys.jwksClient.start();
      await keys.jwksClient.fetchFor('made-up');
      await keys.pass(6_000);
      jest.advanceTimersByTime(1);
      expect(await retryAfterFor('second')).toBe('4');
    });

    it('is settled if that fetch was made for it too', async () => {
      await keys.jwksClient.fetchFor('second');
      jest.advanceTimersByTime(9_999);
      await keys.jwksClient.fetchFor('second');
      expect(fetches()).toBe(2);
    });

    it('is settled by a refresh since it was first seen', async () => {
      await keys.close();
      keys = await rig(FIRST, { refreshSeconds: 6 });
      await keys.jwksClient.start();
      await keys.jwksClient.fetchFor('made-up');
      jest.advanceTimersByTime(1);
      expect(await retryAfterFor('second')).toBe('10');
      await keys.pass(5_999);
      await keys.jwksClient.fetchFor('second');
      expect(fetches()).toBe(3);
    });
  });

  it('causes another fetch after ten seconds, even if it was settled', async () => {
    await keys.jwksClient.fetchFor('second');
    jest.advanceTimersByTime(10_000);
    await keys.jwksClient.fetchFor('second');
    expect(fetches()).toBe(3);
  });

  describe('while a fetch is under way that began before it was first seen', () => {
    it('waits for that fetch, and needs no other if it brings the key', async () => {
      const answer = gate();
      keys.jwks.serve(heldBack(BOTH, answer));
      jest.advanceTimersByTime(300_000);
      jest.advanceTimersByTime(1);
      const waiting = keys.jwksClient.fetchFor('second');
      answer.open();
      await waiting;
      expect(kids()).toEqual(['first', 'second']);
      expect(fetches()).toBe(2);
    });

    it('gets one more fetch if that one does not bring the key', async () => {
      const answer = gate();
      keys.jwks.serve(heldBack(FIRST, answer));
      jest.advanceTimersByTime(300_000);
      await keys.jwks.requested(2);
      jest.advanceTimersByTime(1);
      const waiting = keys.jwksClient.fetchFor('second');
      keys.jwks.serve(BOTH);
      answer.open();
      await waiting;
      expect(kids()).toEqual(['first', 'second']);
      expect(fetches()).toBe(3);
    });

    it('gets one more fetch though another unknown kid caused that one', async () => {
      const answer = gate();
      keys.jwks.serve(heldBack(FIRST, answer));
      const other = keys.jwksClient.fetchFor('made-up');
      await keys.jwks.requested(2);
      jest.advanceTimersByTime(1);
      const waiting = keys.jwksClient.fetchFor('second');
      keys.jwks.serve(BOTH);
      answer.open();
      await Promise.all([other, waiting]);
      expect(kids()).toEqual(['first', 'second']);
      expect(fetches()).toBe(3);
    });

    it('shares that one more fetch', async () => {
      const answer = gate();
      keys.jwks.serve(heldBack(FIRST, answer));
      jest.advanceTimersByTime(300_000);
      jest.advanceTimersByTime(1);
      const waiting = Array.from({ length: 100 }, (_, i) => keys.jwksClient.fetchFor(`kid-${i}`));
      answer.open();
      await Promise.all(waiting);
      expect(keys.jwks.requests).toBe(3);
    });

    it('gets no more if that was one more for others: anyone can make up a kid', async () => {
      const answer = gate();
      const answerToFollowUp = gate();
      keys.jwks.serve(heldBack(FIRST, answer));
      const made = [keys.jwksClient.fetchFor('made-up-1')];
      await keys.jwks.requested(2);
      jest.advanceTimersByTime(1_000);
      made.push(keys.jwksClient.fetchFor('made-up-2'));
      keys.jwks.serve(heldBack(FIRST, answerToFollowUp));
      answer.open();
      await keys.jwks.requested(3);
      jest.advanceTimersByTime(1_000);
      const refused = retryAfterFor('second');
      answerToFollowUp.open();
      await Promise.all(made);
      // Ten seconds after the beginning of the follow-up.
      expect(await refused).toBe('9');
      expect(fetches()).toBe(3);
    });

    it('is settled if it was first seen before that fetch began', async () => {
      await keys.jwksClient.fetchFor('second');
      const answer = gate();
      keys.jwks.serve(heldBack(FIRST, answer));
      jest.advanceTimersByTime(300_000);
      const waiting = keys.jwksClient.fetchFor('second');
      answer.open();
      await waiting;
      expect(fetches()).toBe(3);
    });

    it('cannot be judged, and gets no other, if that fetch fails', async () => {
      const answer = gate();
      keys.jwks.serve((_req, res) => void answer.opened.then(() => res.writeHead(500).end()));
      jest.advanceTimersByTime(300_000);
      jest.advanceTimersByTime(1);
      const refused = retryAfterFor('second');
      answer.open();
      expect(await refused).toBe('1');
      expect(fetches()).toBe(2);
    });

    it('cannot be judged if that is the first fetch of all, and fails', async () => {
      await keys.close();
      const answer = gate();
      keys = await rig((_req, res) => void answer.opened.then(() => res.writeHead(500).end()));
      const started = keys.jwksClient.start();
      const refused = retryAfterFor('second');
      answer.open();
      await started;
      expect(await refused).toBe('1');
      expect(fetches()).toBe(1);
    });
  });

  describe('while fetching fails', () => {
    it('cannot be judged, and does not hasten the next attempt', async () => {
      keys.jwks.serve(failure);
      await keys.pass(300_000);
      for (const delay of [500, 1_000]) await keys.pass(delay);
      expect(await retryAfterFor('second')).toBe('2');
      expect(fetches()).toBe(4);
      await expectFetchAfter(2_000);
    });

    it('cannot be judged even if it was settled', async () => {
      await keys.jwksClient.fetchFor('second');
      keys.jwks.serve(failure);
      await keys.pass(300_000);
      expect(await retryAfterFor('second')).toBe('1');
    });

    it('cannot be judged if the fetch that it caused fails, which backs off', async () => {
      keys.jwks.serve(failure);
      expect(await retryAfterFor('second')).toBe('1');
      expect(keys.jwksClient.lastFetchFailed).toBe(true);
      await expectFetchAfter(500);
    });
  });

  it('causes no fetch once stopped', async () => {
    keys.jwksClient.stop();
    expect(await retryAfterFor('second')).toBe('10');
    expect(fetches()).toBe(1);
  });

  it('is not taken for settled by a client that was stopped before it fetched anything', async () => {
    await keys.close();
    keys = await rig(FIRST);
    keys.jwksClient.stop();
    await expect(keys.jwksClient.fetchFor('second')).rejects.toThrow(KeysUnavailableError);
    expect(keys.jwks.requests).toBe(0);
  });

  describe('is remembered', () => {
    /** All of these are first seen within ten seconds of the fetch that `second` caused. */
    async function see(kidsSeen: readonly string[]): Promise<void> {
      jest.advanceTimersByTime(1);
      for (const kid of kidsSeen) expect(await retryAfterFor(kid)).toBe('10');
    }

    const numbered = (count: number) => Array.from({ length: count }, (_, i) => `kid-${i}`);

    beforeEach(() => keys.jwksClient.fetchFor('second'));

    it('beside 999 others', async () => {
      await see(numbered(999));
      await expect(keys.jwksClient.fetchFor('second')).resolves.toBeUndefined();
    });

    it('no longer beside 1,000 others', async () => {
      await see(numbered(1_000));
      expect(await retryAfterFor('second')).toBe('10');
    });

    it('the longer, the more recently it was seen', async () => {
      await see(numbered(999));
      await keys.jwksClient.fetchFor('second');
      await see(['kid-999']);
      await expect(keys.jwksClient.fetchFor('second')).resolves.toBeUndefined();
    });

    it('beside others of 128 KB in all', async () => {
      await see(['x'.repeat(128 * 1024 - 'second'.length - 2)]);
      await expect(keys.jwksClient.fetchFor('second')).resolves.toBeUndefined();
    });

    it('no longer beside others of more than 128 KB', async () => {
      await see(['x'.repeat(128 * 1024 - 'second'.length - 1)]);
      expect(await retryAfterFor('second')).toBe('10');
    });

    it('though it is empty', async () => {
      jest.advanceTimersByTime(10_000);
      await keys.jwksClient.fetchFor('');
      jest.advanceTimersByTime(1);
      await expect(keys.jwksClient.fetchFor('')).resolves.toBeUndefined();
      expect(fetches()).toBe(3);
    });
  });
});

describe('once stopped', () => {
  it('fetches no more', async () => {
    keys = await rig(FIRST);
    await keys.jwksClient.start();
    keys.jwksClient.stop();
    await keys.pass(1_000_000);
    expect(keys.jwks.requests).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('fetches no more after a failure', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    keys.jwksClient.stop();
    await keys.pass(1_000_000);
    expect(keys.jwks.requests).toBe(1);
  });

  it('ends the fetch under way, and logs nothing', async () => {
    const closed = gate();
    keys = await rig((req) => void req.socket.once('close', () => closed.open()));
    const started = keys.jwksClient.start();
    await keys.jwks.requested(1);
    keys.jwksClient.stop();
    await started;
    await closed.opened;
    expect(keys.log).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps its keys', async () => {
    keys = await rig(FIRST);
    await keys.jwksClient.start();
    keys.jwksClient.stop();
    expect(kids()).toEqual(['first']);
  });
});
