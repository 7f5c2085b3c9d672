import crypto from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Caller } from '../../src/auth/caller';
import { KeysUnavailableError } from '../../src/auth/errors';
import { CLIENT_ID, signingKey, UserPool } from '../support/user-pool';
import { freezeTime, gate, heldBack, NOW, NOW_SECONDS, POOL_ID, refusal, rig, type Rig } from './fixture';

const pool = new UserPool(POOL_ID, signingKey({ kid: 'old' }));
const next = signingKey({ kid: 'new' });
const OLD = pool.jwks;
const BOTH = { keys: [pool.key.jwk, next.jwk] };
const NEW = { keys: [next.jwk] };

const failure: RequestListener = (_req, res) => res.writeHead(500).end();

let service: Rig;

beforeEach(async () => {
  freezeTime();
  service = await rig(OLD);
  await service.jwksClient.start();
});

afterEach(async () => {
  await service.close();
  jest.useRealTimers();
});

/** The caller of a token that is judged at once. */
function verify(token: string): Caller {
  const caller = service.verifier.verify(token);
  if (caller instanceof Promise) throw new Error('the token was not judged at once');
  return caller;
}

/** The caller of a token that has to wait. */
function verifyLater(token: string): Promise<Caller> {
  const caller = service.verifier.verify(token);
  if (!(caller instanceof Promise)) throw new Error('the token was judged at once');
  return caller;
}

function reason(token: string): Promise<unknown> {
  return refusal(service.verifier, token);
}

/** Two verifications, after which a good token is known. */
function introduce(token: string): void {
  verify(token);
  verify(token);
}

describe('with known keys', () => {
  it('answers at once, without a promise', () => {
    expect(verify(pool.token())).toMatchObject({ clientId: CLIENT_ID, subject: CLIENT_ID });
  });

  it('refuses at once, without a promise', () => {
    expect(() => verify('token')).toThrow(expect.objectContaining({ reason: 'malformed_token' }));
  });

  it('answers at once while a scheduled fetch hangs', async () => {
    const answer = gate();
    service.jwks.serve(heldBack(OLD, answer));
    jest.advanceTimersByTime(300_000);
    await service.jwks.requested(2);
    expect(verify(pool.token())).toHaveProperty('clientId', CLIENT_ID);
    answer.open();
  });

  it('answers at once while others wait for an unknown kid', async () => {
    const answer = gate();
    service.jwks.serve(heldBack(BOTH, answer));
    const waiting = verifyLater(pool.token({ key: next }));
    await service.jwks.requested(2);
    expect(verify(pool.token())).toHaveProperty('clientId', CLIENT_ID);
    answer.open();
    await waiting;
  });

  it('answers at once while the endpoint fails', async () => {
    service.jwks.serve(failure);
    await service.pass(300_000);
    expect(verify(pool.token())).toHaveProperty('clientId', CLIENT_ID);
  });
});

describe('without usable keys', () => {
  it('judges no token before the first fetch', async () => {
    await service.close();
    service = await rig(OLD);
    expect(() => verify(pool.token())).toThrow(KeysUnavailableError);
    expect(() => verify('token')).toThrow(KeysUnavailableError);
    expect(service.jwks.requests).toBe(0);
  });

  it('judges no token while the first fetch fails', async () => {
    await service.close();
    service = await rig(failure);
    await service.jwksClient.start();
    expect(() => verify(pool.token())).toThrow(expect.objectContaining({ headers: { 'Retry-After': '1' } }));
    expect(service.jwks.requests).toBe(1);
  });

  it('judges no token once the keys are too old, though it was good before', async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 300, maxStaleSeconds: 600 });
    await service.jwksClient.start();
    const token = pool.token();
    verify(token);
    service.jwks.serve(failure);
    await service.pass(300_000);
    jest.setSystemTime(NOW + 600_000);
    expect(verify(token)).toHaveProperty('clientId', CLIENT_ID);
    jest.setSystemTime(NOW + 600_001);
    expect(() => verify(token)).toThrow(KeysUnavailableError);
  });

  it('judges no token when the keys grow too old while it waits', async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 300, maxStaleSeconds: 600 });
    await service.jwksClient.start();
    const answer = gate();
    service.jwks.serve((_req, res) => void answer.opened.then(() => res.writeHead(500).end()));
    const waiting = reason(pool.token({ key: next }));
    jest.setSystemTime(NOW + 600_001);
    answer.open();
    await expect(waiting).resolves.toBe('keys_unavailable');
  });
});

describe('an unknown kid', () => {
  it('is accepted when the fetch brings its key', async () => {
    service.jwks.serve(BOTH);
    await expect(verifyLater(pool.token({ key: next }))).resolves.toHaveProperty('clientId', CLIENT_ID);
    expect(service.jwks.requests).toBe(2);
  });

  it('is refused when its token expires while it waits', async () => {
    const answer = gate();
    service.jwks.serve(heldBack(BOTH, answer));
    const waiting = reason(pool.token({ key: next, claims: { exp: NOW_SECONDS + 2 } }));
    jest.setSystemTime(NOW + 2_000);
    answer.open();
    await expect(waiting).resolves.toBe('token_expired');
  });

  it('is refused when the fetch brings no such key', async () => {
    await expect(reason(pool.token({ key: next }))).resolves.toBe('unknown_kid');
    expect(service.jwks.requests).toBe(2);
  });

  it('is refused for the signature when the fetch brings another key under it', async () => {
    service.jwks.serve({ keys: [pool.key.jwk, { ...next.jwk, kid: 'stolen' }] });
    await expect(reason(pool.token({ key: { ...pool.key, kid: 'stolen' } }))).resolves.toBe(
      'invalid_signature',
    );
  });

  it('causes one fetch, however many requests have one', async () => {
    const answer = gate();
    service.jwks.serve(heldBack(BOTH, answer));
    const token = pool.token({ key: next });
    const waiting = Array.from({ length: 50 }, () => verifyLater(token));
    const others = Array.from({ length: 50 }, (_, i) => reason(pool.token({ header: { kid: `kid-${i}` } })));
    answer.open();
    await Promise.all(waiting);
    await expect(Promise.all(others)).resolves.toEqual(others.map(() => 'unknown_kid'));
    expect(service.jwks.requests).toBe(2);
  });

  it('causes no other fetch within ten seconds, and one after them', async () => {
    await reason(pool.token({ header: { kid: 'a' } }));
    jest.advanceTimersByTime(9_999);
    await expect(reason(pool.token({ header: { kid: 'b' } }))).resolves.toBe('unknown_kid');
    expect(service.jwks.requests).toBe(2);
    jest.advanceTimersByTime(1);
    await expect(reason(pool.token({ header: { kid: 'c' } }))).resolves.toBe('unknown_kid');
    expect(service.jwks.requests).toBe(3);
  });

  it('waits for the scheduled fetch that is under way', async () => {
    const answer = gate();
    service.jwks.serve(heldBack(BOTH, answer));
    jest.advanceTimersByTime(300_000);
    const waiting = verifyLater(pool.token({ key: next }));
    answer.open();
    await expect(waiting).resolves.toHaveProperty('clientId', CLIENT_ID);
    expect(service.jwks.requests).toBe(2);
  });

  it('gives 503 when the fetch that it caused fails', async () => {
    service.jwks.serve(failure);
    const refused = verifyLater(pool.token({ key: next }));
    await expect(refused).rejects.toBeInstanceOf(KeysUnavailableError);
    await expect(refused).rejects.toHaveProperty('headers', { 'Retry-After': '1' });
  });

  it('gives 503 while the newest fetch has failed, without another', async () => {
    service.jwks.serve(failure);
    await service.pass(300_000);
    await expect(reason(pool.token({ key: next }))).resolves.toBe('keys_unavailable');
    expect(service.jwks.requests).toBe(2);
  });

  it('gives 503 when the scheduled fetch that it waits for fails', async () => {
    const answer = gate();
    service.jwks.serve((_req, res) => void answer.opened.then(() => res.writeHead(500).end()));
    jest.advanceTimersByTime(300_000);
    const waiting = reason(pool.token({ key: next }));
    answer.open();
    await expect(waiting).resolves.toBe('keys_unavailable');
  });

  it('is refused again once a fetch succeeded', async () => {
    service.jwks.serve(failure);
    await service.pass(300_000);
    service.jwks.serve(OLD);
    await service.pass(500);
    await expect(reason(pool.token({ key: next }))).resolves.toBe('unknown_kid');
  });

  it.each([
    ['of another pool', () => new UserPool('eu-central-1_Other0001', next).token()],
    ['without a kid', () => pool.token({ header: { kid: undefined } })],
    ['with a forged signature', () => pool.token({ key: { ...next, kid: 'old' } })],
    ['that is expired', () => pool.token({ claims: { exp: NOW_SECONDS - 60 } })],
    ['that is no token', () => 'token'],
  ])('is none, and causes no fetch, with a token %s', async (_, token) => {
    await reason(token());
    expect(service.jwks.requests).toBe(1);
  });
});

describe('a rotation', () => {
  // Sooner than a verified token would be forgotten anyway.
  beforeEach(async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 30 });
    await service.jwksClient.start();
  });

  it('lets both keys serve while both are published', async () => {
    service.jwks.serve(BOTH);
    await verifyLater(pool.token({ key: next }));
    expect(verify(pool.token())).toHaveProperty('clientId', CLIENT_ID);
    expect(verify(pool.token({ key: next }))).toHaveProperty('clientId', CLIENT_ID);
  });

  it('ends what a withdrawn key signed, though it was verified before', async () => {
    const token = pool.token();
    introduce(token);
    service.jwks.serve(NEW);
    await service.pass(30_000);
    await expect(reason(token)).resolves.toBe('unknown_kid');
  });

  it('takes new material under an old kid, and no longer the old', async () => {
    const token = pool.token();
    introduce(token);
    const renewed = { ...next, kid: 'old', jwk: { ...next.jwk, kid: 'old' } };
    service.jwks.serve({ keys: [renewed.jwk] });
    await service.pass(30_000);
    await expect(reason(token)).resolves.toBe('invalid_signature');
    expect(verify(pool.token({ key: renewed }))).toHaveProperty('clientId', CLIENT_ID);
  });
});

describe('the memory of verified tokens', () => {
  const use = () => service.verifier.cacheUse;

  it('takes in a token that comes a second time, and verifies it no more', () => {
    const verifySignature = jest.spyOn(crypto, 'verify');
    const token = pool.token();
    verify(token);
    const caller = verify(token);
    expect(verify(token)).toBe(caller);
    expect(verify(token)).toBe(caller);
    expect(verifySignature).toHaveBeenCalledTimes(2);
    expect(use()).toEqual({ hits: 2, misses: 2 });
  });

  it('knows a token again of those that came lately', () => {
    takeSignaturesForGood();
    for (let i = 0; i < 1_000; i += 1) verify(numbered(i));
    introduce(numbered(0));
    expect(use()).toEqual({ hits: 1, misses: 1_001 });
  });

  it('forgets a token that came once, when ten thousand others came', () => {
    takeSignaturesForGood();
    for (let i = 0; i <= 10_000; i += 1) verify(numbered(i));
    introduce(numbered(0));
    expect(use()).toEqual({ hits: 0, misses: 10_003 });
  });

  it('tells tokens apart', () => {
    introduce(pool.token());
    introduce(pool.token({ claims: { jti: 'other' } }));
    expect(use()).toEqual({ hits: 0, misses: 4 });
  });

  it('remembers for less than a minute', () => {
    const token = pool.token();
    introduce(token);
    jest.setSystemTime(NOW + 59_999);
    verify(token);
    expect(use()).toEqual({ hits: 1, misses: 2 });
  });

  it('verifies again after a minute, however often the token came meanwhile', () => {
    const token = pool.token();
    introduce(token);
    jest.setSystemTime(NOW + 30_000);
    verify(token);
    jest.setSystemTime(NOW + 60_000);
    verify(token);
    expect(use()).toEqual({ hits: 1, misses: 3 });
  });

  it('remembers from the newest verification', () => {
    const token = pool.token();
    introduce(token);
    jest.setSystemTime(NOW + 60_000);
    verify(token);
    jest.setSystemTime(NOW + 119_999);
    verify(token);
    expect(use()).toEqual({ hits: 1, misses: 3 });
  });

  it('verifies again when the clock was set back', () => {
    const token = pool.token({ claims: { iat: NOW_SECONDS - 60 } });
    introduce(token);
    jest.setSystemTime(NOW - 1);
    verify(token);
    expect(use()).toEqual({ hits: 0, misses: 3 });
  });

  it.each([
    ['accepted one second before', 1_000],
    ['accepted one millisecond before', 1],
  ])('looks at the expiry every time: %s', (_, before) => {
    const token = pool.token({ claims: { exp: NOW_SECONDS + 30 } });
    introduce(token);
    jest.setSystemTime(NOW + 30_000 - before);
    expect(verify(token)).toHaveProperty('clientId', CLIENT_ID);
    expect(use().hits).toBe(1);
  });

  it.each([
    ['refused at that moment', 0],
    ['refused one second after', 1_000],
  ])('looks at the expiry every time: %s', (_, after) => {
    const token = pool.token({ claims: { exp: NOW_SECONDS + 30 } });
    introduce(token);
    jest.setSystemTime(NOW + 30_000 + after);
    expect(() => verify(token)).toThrow(expect.objectContaining({ reason: 'token_expired' }));
    expect(use().hits).toBe(1);
  });

  it.each([
    ['now', 0],
    ['a second ago, which the tolerance would cover', -1],
    ['five seconds ago, which the tolerance would cover', -5],
  ])('never takes in a token that expired %s', (_, seconds) => {
    const token = pool.token({ claims: { exp: NOW_SECONDS + seconds } });
    for (let i = 0; i < 3; i += 1)
      expect(() => verify(token)).toThrow(expect.objectContaining({ reason: 'token_expired' }));
    expect(use()).toEqual({ hits: 0, misses: 3 });
  });

  it.each([
    ['for users', () => pool.idToken(), 'not_an_access_token'],
    ['not valid yet', () => pool.token({ claims: { nbf: NOW_SECONDS + 60 } }), 'token_not_yet_valid'],
  ])('never takes in a token that is %s', async (_, make, expected) => {
    const token = make();
    for (let i = 0; i < 3; i += 1) await expect(reason(token)).resolves.toBe(expected);
    expect(use()).toEqual({ hits: 0, misses: 3 });
  });

  it('looks at the signature of a forged token once, while the keys stay the same', async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 30 });
    await service.jwksClient.start();
    const token = pool.token({ key: { ...next, kid: 'old' } });
    for (let i = 0; i < 3; i += 1) await expect(reason(token)).resolves.toBe('invalid_signature');
    expect(use()).toEqual({ hits: 0, misses: 1 });
    service.jwks.serve({ keys: [{ ...next.jwk, kid: 'old' }] });
    await service.pass(30_000);
    expect(verify(token)).toHaveProperty('clientId', CLIENT_ID);
  });

  it('takes in no token whose kid was unknown', async () => {
    const token = pool.token({ key: next });
    for (let i = 0; i < 3; i += 1) await reason(token);
    expect(use().hits).toBe(0);
  });

  it('accepts a token that was refused for being too early, once it is due', () => {
    const token = pool.token({ claims: { nbf: NOW_SECONDS + 60 } });
    expect(() => verify(token)).toThrow();
    jest.setSystemTime(NOW + 60_000);
    expect(verify(token)).toHaveProperty('clientId', CLIENT_ID);
  });

  it('does not take a token for another that it begins with', () => {
    const token = pool.token();
    introduce(token);
    expect(() => verify(token.slice(0, -4))).toThrow();
    expect(() => verify(`${token}=`)).toThrow(expect.objectContaining({ reason: 'malformed_token' }));
  });

  it('is emptied when the keys change', async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 30 });
    await service.jwksClient.start();
    const token = pool.token();
    introduce(token);
    service.jwks.serve(BOTH);
    await service.pass(30_000);
    verify(token);
    expect(use()).toEqual({ hits: 0, misses: 3 });
  });

  it('survives a fetch that brings no change', async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 30 });
    await service.jwksClient.start();
    const token = pool.token();
    introduce(token);
    await service.pass(30_000);
    verify(token);
    expect(use()).toEqual({ hits: 1, misses: 2 });
  });

  /** Real signatures by the ten thousand would take long. From here on none is looked at. */
  function takeSignaturesForGood(): void {
    jest.spyOn(crypto, 'verify').mockReturnValue(true as never);
    signingInput = pool.token().split('.').slice(0, 2).join('.');
  }

  let signingInput = '';
  const numbered = (i: number, filling = '') => `${signingInput}.${filling}${String(i).padStart(8, '0')}`;

  describe('is bounded', () => {
    beforeEach(takeSignaturesForGood);

    it('to ten thousand tokens, of which the one used longest ago goes first', () => {
      for (let i = 0; i < 10_000; i += 1) introduce(numbered(i));
      verify(numbered(0));
      expect(use()).toEqual({ hits: 1, misses: 20_000 });
      introduce(numbered(10_000));
      verify(numbered(0));
      expect(use().hits).toBe(2);
      verify(numbered(1));
      expect(use().hits).toBe(2);
    });

    it('to 16 Mi characters', () => {
      const large = (i: number) => numbered(i, 'c'.repeat(1024 * 1024));
      for (let i = 0; i < 15; i += 1) introduce(large(i));
      verify(large(0));
      expect(use().hits).toBe(1);
      introduce(large(15));
      verify(large(0));
      expect(use().hits).toBe(2);
      verify(large(1));
      expect(use().hits).toBe(2);
    });
  });
});
