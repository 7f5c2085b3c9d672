import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { KeysUnavailableError } from '../../src/auth/errors';
import { jwksServer } from '../support/jwks-server';
import { signingKey } from '../support/user-pool';
import { freezeTime, gate, heldBack, NOW, rig, type Rig } from './fixture';

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
  return [...keys.jwksClient.getKeys(Date.now()).keys()];
}

function fetches(): number {
  return keys.jwksClient.status().fetches;
}

/** Lets time pass to just before a fetch, and then to it. */
async function expectFetchAfter(milliseconds: number): Promise<void> {
  const before = fetches();
  await keys.pass(milliseconds - 1);
  expect(fetches()).toBe(before);
  await keys.pass(1);
  expect(fetches()).toBe(before + 1);
}

describe('at start', () => {
  it('has no keys before', async () => {
    keys = await rig(FIRST);
    expect(() => kids()).toThrow(KeysUnavailableError);
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

  it('has them after', async () => {
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

  it('resolves when the fetch has failed too', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    expect(keys.jwksClient.lastFetchFailed).toBe(true);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'unavailable', fetches: 1, failures: 1 });
  });

  it('recovers by itself', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    keys.jwks.serve(FIRST);
    await keys.pass(500);
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.lastFetchFailed).toBe(false);
  });
});

describe('the refreshing', () => {
  it.each([
    ['the whole time at most', 0, 300_000],
    ['a twentieth sooner by chance', 0.5, 285_000],
    ['a tenth sooner at least', 0.9999, 270_003],
  ])('comes after %s', async (_, random, delay) => {
    jest.mocked(Math.random).mockReturnValue(random);
    keys = await rig(FIRST, { refreshSeconds: 300 });
    await keys.jwksClient.start();
    await expectFetchAfter(delay);
  });

  it('comes as often as it is told', async () => {
    keys = await rig(FIRST, { refreshSeconds: 1 });
    await keys.jwksClient.start();
    await expectFetchAfter(1_000);
    await expectFetchAfter(1_000);
    expect(keys.jwks.requests).toBe(3);
  });

  it('counts from the end of the fetch before', async () => {
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

  it('does not shorten its backing off by chance', async () => {
    jest.mocked(Math.random).mockReturnValue(0.99999);
    keys = await rig(failure);
    await keys.jwksClient.start();
    await expectFetchAfter(500);
  });

  it('keeps its ordinary pace after it recovered', async () => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    await keys.pass(500);
    keys.jwks.serve(FIRST);
    await keys.pass(1_000);
    await expectFetchAfter(300_000);
  });

  it('backs off from the beginning when it fails again', async () => {
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

  it('logs each failure with its cause, and how many there were in a row', async () => {
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
    ['a set without keys', { keys: [] }],
    ['a set without a usable key', { keys: [{ ...second, alg: 'RS512' }] }],
    ['an oversized body', (_req, res) => res.end(padded(sizes.over))],
    [
      'an oversized body in chunks',
      (_req, res) => {
        res.write(padded(sizes.over - 1));
        res.end(' ');
      },
    ],
    [
      'a small body that swells',
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
    const before = keys.jwksClient.getKeys(Date.now());
    keys.jwks.serve(fault);
    await keys.pass(300_000);
    expect(keys.jwksClient.getKeys(Date.now())).toBe(before);
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
    const waiting = keys.jwksClient.refetch();
    await keys.jwks.requested(2);
    jest.advanceTimersByTime(2_999);
    expect(keys.jwksClient.lastFetchFailed).toBe(false);
    jest.advanceTimersByTime(1);
    await waiting;
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

describe('keys that are too old', () => {
  beforeEach(async () => {
    keys = await rig(FIRST, { refreshSeconds: 300, maxStaleSeconds: 1_000 });
    await keys.jwksClient.start();
    keys.jwks.serve(failure);
    await keys.pass(300_000);
  });

  it('serve to the end of their time', () => {
    expect(keys.jwksClient.getKeys(NOW + 1_000_000).size).toBe(1);
    jest.setSystemTime(NOW + 1_000_000);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'stale', ageSeconds: 1_000, keys: 1 });
  });

  it('serve no longer after it', () => {
    expect(() => keys.jwksClient.getKeys(NOW + 1_000_001)).toThrow(KeysUnavailableError);
    jest.setSystemTime(NOW + 1_000_001);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'unavailable', ageSeconds: 1_000.001 });
  });

  it('serve again once they were fetched', async () => {
    jest.setSystemTime(NOW + 2_000_000);
    expect(() => kids()).toThrow(KeysUnavailableError);
    keys.jwks.serve(FIRST);
    await keys.pass(500);
    expect(kids()).toEqual(['first']);
    expect(keys.jwksClient.status()).toMatchObject({ state: 'fresh', ageSeconds: 0 });
  });

  it('count their age from the newest fetch that succeeded, though it brought no change', async () => {
    keys.jwks.serve(FIRST);
    await keys.pass(500);
    expect(keys.jwksClient.getKeys(NOW + 1_300_500).size).toBe(1);
    expect(() => keys.jwksClient.getKeys(NOW + 1_300_501)).toThrow(KeysUnavailableError);
  });
});

describe('the time to come back in', () => {
  it.each([
    ['is rounded up', 0, 1],
    ['is one second at least', 500, 1],
    ['is that of the next attempt', -9_500, 10],
    ['is one second when that is overdue', 60_000, 1],
  ])('%s', async (_, late, seconds) => {
    keys = await rig(failure);
    await keys.jwksClient.start();
    expect(keys.jwksClient.unavailable(NOW + late).headers).toEqual({ 'Retry-After': String(seconds) });
  });

  it('is one second before the first fetch', async () => {
    keys = await rig(FIRST);
    expect(keys.jwksClient.unavailable(NOW).headers).toEqual({ 'Retry-After': '1' });
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
  ])('the set stays the same object where %s', async (_, document) => {
    const before = keys.jwksClient.getKeys(Date.now());
    keys.jwks.serve(document);
    await keys.pass(300_000);
    expect(keys.jwksClient.status()).toMatchObject({ fetches: 2, failures: 0 });
    expect(keys.jwksClient.getKeys(Date.now())).toBe(before);
  });

  it('a new one serves', async () => {
    keys.jwks.serve({ keys: [first, second, { ...second, kid: 'third' }] });
    await keys.pass(300_000);
    expect(kids()).toEqual(['first', 'second', 'third']);
  });

  it('a withdrawn one is gone', async () => {
    keys.jwks.serve(FIRST);
    await keys.pass(300_000);
    expect(kids()).toEqual(['first']);
  });

  it('all of them may be others', async () => {
    keys.jwks.serve({ keys: [{ ...first, kid: 'third' }] });
    await keys.pass(300_000);
    expect(kids()).toEqual(['third']);
  });

  it('new material under an old kid replaces the old', async () => {
    keys.jwks.serve({ keys: [first, { ...first, kid: 'second' }] });
    await keys.pass(300_000);
    expect(keys.jwksClient.getKeys(Date.now()).get('second')?.n).toBe(first['n']);
  });

  it('the log says which there are now, once', async () => {
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

describe('a fetch for an unknown kid', () => {
  beforeEach(async () => {
    keys = await rig(FIRST);
    await keys.jwksClient.start();
  });

  it('brings a new key at once', async () => {
    keys.jwks.serve(BOTH);
    await keys.jwksClient.refetch();
    expect(kids()).toEqual(['first', 'second']);
  });

  it('is shared by all who come meanwhile', async () => {
    const answer = gate();
    keys.jwks.serve(heldBack(BOTH, answer));
    const waiting = Promise.all(Array.from({ length: 100 }, () => keys.jwksClient.refetch()));
    answer.open();
    await waiting;
    expect(kids()).toEqual(['first', 'second']);
    expect(keys.jwks.requests).toBe(2);
  });

  it('comes no other time within ten seconds', async () => {
    await keys.jwksClient.refetch();
    jest.advanceTimersByTime(9_999);
    await keys.jwksClient.refetch();
    expect(fetches()).toBe(2);
  });

  it('comes another time after ten seconds', async () => {
    await keys.jwksClient.refetch();
    jest.advanceTimersByTime(10_000);
    await keys.jwksClient.refetch();
    expect(fetches()).toBe(3);
  });

  it('comes right after a scheduled one', async () => {
    await keys.pass(300_000);
    await keys.jwksClient.refetch();
    expect(fetches()).toBe(3);
  });

  it('counts its ten seconds from itself, whatever was scheduled since', async () => {
    jest.advanceTimersByTime(295_000);
    await keys.jwksClient.refetch();
    keys.jwksClient.stop();
    await keys.close();

    keys = await rig(FIRST, { refreshSeconds: 6 });
    await keys.jwksClient.start();
    await keys.jwksClient.refetch();
    await keys.pass(6_000);
    expect(fetches()).toBe(3);
    jest.advanceTimersByTime(3_999);
    await keys.jwksClient.refetch();
    expect(fetches()).toBe(3);
    jest.advanceTimersByTime(1);
    await keys.jwksClient.refetch();
    expect(fetches()).toBe(4);
  });

  it('waits for the scheduled one that is under way, and begins none', async () => {
    const answer = gate();
    keys.jwks.serve(heldBack(BOTH, answer));
    jest.advanceTimersByTime(300_000);
    const waiting = keys.jwksClient.refetch();
    answer.open();
    await waiting;
    expect(kids()).toEqual(['first', 'second']);
    expect(fetches()).toBe(2);
  });

  it('may come right after it only waited for another', async () => {
    const answer = gate();
    keys.jwks.serve(heldBack(FIRST, answer));
    jest.advanceTimersByTime(300_000);
    const waiting = keys.jwksClient.refetch();
    answer.open();
    await waiting;
    await keys.jwksClient.refetch();
    expect(fetches()).toBe(3);
  });

  it('waits for the first one of all', async () => {
    await keys.close();
    const answer = gate();
    keys = await rig(heldBack(FIRST, answer));
    const started = keys.jwksClient.start();
    const waiting = keys.jwksClient.refetch();
    answer.open();
    await Promise.all([started, waiting]);
    expect(fetches()).toBe(1);
  });

  it('does not hasten an attempt that backs off', async () => {
    keys.jwks.serve(failure);
    await keys.pass(300_000);
    await keys.jwksClient.refetch();
    expect(fetches()).toBe(2);
    await expectFetchAfter(500);
  });

  it('does not reject when it fails, and backs off', async () => {
    keys.jwks.serve(failure);
    await expect(keys.jwksClient.refetch()).resolves.toBeUndefined();
    expect(keys.jwksClient.lastFetchFailed).toBe(true);
    await expectFetchAfter(500);
  });

  it('puts the next scheduled one off', async () => {
    await keys.pass(200_000);
    await keys.jwksClient.refetch();
    await expectFetchAfter(300_000);
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

  it('ends the fetch under way, without a word in the log', async () => {
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

  it('still has its keys', async () => {
    keys = await rig(FIRST);
    await keys.jwksClient.start();
    keys.jwksClient.stop();
    expect(kids()).toEqual(['first']);
  });
});
