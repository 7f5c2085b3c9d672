import crypto from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { AuthObserver } from '../../src/auth/auth-observer';
import type { Caller } from '../../src/auth/caller';
import { InvalidTokenError, KeysUnavailableError } from '../../src/auth/errors';
import { CLIENT_ID, IDENTIFIER, signingKey, UserPool } from '../support/user-pool';
import {
  delayTimers,
  freezeTime,
  gate,
  heldBack,
  NOW,
  NOW_SECONDS,
  POOL_ID,
  refusal,
  rig,
  type Rig,
} from './fixture';

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

/** The caller of a token that is verified at once. */
function verify(token: string, observer?: AuthObserver): Caller {
  const caller = service.verifier.verify(token, observer);
  if (caller instanceof Promise) throw new Error('the token was not verified at once');
  return caller;
}

/** The caller of a token whose key has to be fetched. */
function verifyLater(token: string): Promise<Caller> {
  const caller = service.verifier.verify(token);
  if (!(caller instanceof Promise)) throw new Error('the token was verified at once');
  return caller;
}

function reason(token: string): Promise<unknown> {
  return refusal(service.verifier, token);
}

/** Two verifications, after which a token is remembered. */
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
  it('refuses to verify before the first fetch', async () => {
    await service.close();
    service = await rig(OLD);
    expect(() => verify(pool.token())).toThrow(KeysUnavailableError);
    expect(() => verify('token')).toThrow(KeysUnavailableError);
    expect(service.jwks.requests).toBe(0);
  });

  it('refuses to verify while the first fetch fails', async () => {
    await service.close();
    service = await rig(failure);
    await service.jwksClient.start();
    expect(() => verify(pool.token())).toThrow(expect.objectContaining({ headers: { 'Retry-After': '1' } }));
    expect(service.jwks.requests).toBe(1);
  });

  it('refuses to verify once the keys are too old, even a token that was good before', async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 300, maxStaleSeconds: 600 });
    await service.jwksClient.start();
    const token = pool.token();
    verify(token);
    service.jwks.serve(failure);
    await service.pass(300_000);
    delayTimers(300_001);
    expect(() => verify(token)).toThrow(KeysUnavailableError);
  });

  it('refuses to verify when the keys become too old while the token waits', async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 300, maxStaleSeconds: 600 });
    await service.jwksClient.start();
    const answer = gate();
    service.jwks.serve((_req, res) => void answer.opened.then(() => res.writeHead(500).end()));
    const waiting = reason(pool.token({ key: next }));
    delayTimers(600_001);
    answer.open();
    await expect(waiting).resolves.toBe('keys_unavailable');
  });
});

describe('an unknown kid', () => {
  // So that no kid is first seen in the instant of the first fetch.
  beforeEach(() => jest.advanceTimersByTime(1));

  it('is accepted when a fetch brings its key', async () => {
    service.jwks.serve(BOTH);
    await expect(verifyLater(pool.token({ key: next }))).resolves.toHaveProperty('clientId', CLIENT_ID);
    expect(service.jwks.requests).toBe(2);
  });

  it('is refused when no fetch brings its key', async () => {
    await expect(reason(pool.token({ key: next }))).resolves.toBe('unknown_kid');
    expect(service.jwks.requests).toBe(2);
  });

  it('is refused for its signature when a fetch brings another key of that name', async () => {
    service.jwks.serve({ keys: [pool.key.jwk, { ...next.jwk, kid: 'stolen' }] });
    await expect(reason(pool.token({ key: { ...pool.key, kid: 'stolen' } }))).resolves.toBe(
      'invalid_signature',
    );
  });

  it('is refused when its token expires during the fetch', async () => {
    const answer = gate();
    service.jwks.serve(heldBack(BOTH, answer));
    const waiting = reason(pool.token({ key: next, claims: { exp: NOW_SECONDS + 2 } }));
    jest.setSystemTime(NOW + 2_000);
    answer.open();
    await expect(waiting).resolves.toBe('token_expired');
  });

  it('is refused at once while its absence is known', async () => {
    await reason(pool.token({ key: next }));
    jest.advanceTimersByTime(9_999);
    await expect(reason(pool.token({ key: next }))).resolves.toBe('unknown_kid');
    expect(service.jwks.requests).toBe(2);
  });

  it('of a rotated key gets 503 while a made-up kid prevents the fetch, and is accepted after it', async () => {
    await reason(pool.token({ header: { kid: 'made-up' } }));
    service.jwks.serve(BOTH);
    jest.advanceTimersByTime(1_000);
    const token = pool.token({ key: next });
    const refused = verifyLater(token);
    await expect(refused).rejects.toBeInstanceOf(KeysUnavailableError);
    await expect(refused).rejects.toHaveProperty('headers', { 'Retry-After': '9' });
    jest.advanceTimersByTime(9_000);
    await expect(verifyLater(token)).resolves.toHaveProperty('clientId', CLIENT_ID);
    expect(service.jwks.requests).toBe(3);
  });

  it('of a rotated key is accepted though it joined a fetch that began before the rotation', async () => {
    const answer = gate();
    service.jwks.serve(heldBack(OLD, answer));
    const madeUp = reason(pool.token({ header: { kid: 'made-up' } }));
    await service.jwks.requested(2);
    jest.advanceTimersByTime(1);
    const waiting = verifyLater(pool.token({ key: next }));
    service.jwks.serve(BOTH);
    answer.open();
    await expect(waiting).resolves.toHaveProperty('clientId', CLIENT_ID);
    await expect(madeUp).resolves.toBe('unknown_kid');
    expect(service.jwks.requests).toBe(3);
  });

  it('causes one fetch, whatever number of requests have one', async () => {
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

  it('gives 503 when the fetch that it caused fails', async () => {
    service.jwks.serve(failure);
    const refused = verifyLater(pool.token({ key: next }));
    await expect(refused).rejects.toBeInstanceOf(KeysUnavailableError);
    await expect(refused).rejects.toHaveProperty('headers', { 'Retry-After': '1' });
  });

  it('gives 503 while the last fetch failed, and causes no other', async () => {
    service.jwks.serve(failure);
    await service.pass(300_000);
    await expect(reason(pool.token({ key: next }))).resolves.toBe('keys_unavailable');
    expect(service.jwks.requests).toBe(2);
  });

  it('is refused again once a fetch succeeded', async () => {
    service.jwks.serve(failure);
    await service.pass(300_000);
    service.jwks.serve(OLD);
    await service.pass(500);
    await expect(reason(pool.token({ key: next }))).resolves.toBe('unknown_kid');
  });
});

describe('no fetch is caused by a token', () => {
  it.each([
    ['of another pool', () => new UserPool('eu-central-1_Other0001', next).token()],
    ['without a kid', () => pool.token({ header: { kid: undefined } })],
    ['with a forged signature', () => pool.token({ key: { ...next, kid: 'old' } })],
    ['that is expired', () => pool.token({ claims: { exp: NOW_SECONDS - 60 } })],
    ['that is not a JWT', () => 'token'],
  ])('%s', async (_, token) => {
    await reason(token());
    expect(service.jwks.requests).toBe(1);
  });
});

describe('a rotation', () => {
  // More often than a verified token is forgotten anyway.
  beforeEach(async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 30 });
    await service.jwksClient.start();
  });

  it('accepts tokens of both keys while both are published', async () => {
    service.jwks.serve(BOTH);
    await verifyLater(pool.token({ key: next }));
    expect(verify(pool.token())).toHaveProperty('clientId', CLIENT_ID);
    expect(verify(pool.token({ key: next }))).toHaveProperty('clientId', CLIENT_ID);
  });

  it('refuses a token of a withdrawn key, though it was verified before', async () => {
    const token = pool.token();
    introduce(token);
    service.jwks.serve(NEW);
    await service.pass(30_000);
    await expect(reason(token)).resolves.toBe('unknown_kid');
  });

  it('accepts new material under an old kid, and no longer the old', async () => {
    const token = pool.token();
    introduce(token);
    const renewed = { ...next, kid: 'old', jwk: { ...next.jwk, kid: 'old' } };
    service.jwks.serve({ keys: [renewed.jwk] });
    await service.pass(30_000);
    await expect(reason(token)).resolves.toBe('invalid_signature');
    expect(verify(pool.token({ key: renewed }))).toHaveProperty('clientId', CLIENT_ID);
  });
});

describe('a verified token', () => {
  const use = () => service.verifier.cacheUse;

  it('is remembered from its second time on', () => {
    const verifySignature = jest.spyOn(crypto, 'verify');
    const token = pool.token();
    verify(token);
    const caller = verify(token);
    expect(verify(token)).toBe(caller);
    expect(verify(token)).toBe(caller);
    expect(verifySignature).toHaveBeenCalledTimes(2);
    expect(use()).toEqual({ hits: 2, misses: 2 });
  });

  it('is verified again after a minute', () => {
    const token = pool.token();
    introduce(token);
    jest.advanceTimersByTime(59_999);
    verify(token);
    expect(use()).toEqual({ hits: 1, misses: 2 });
    jest.advanceTimersByTime(1);
    verify(token);
    expect(use()).toEqual({ hits: 1, misses: 3 });
  });

  it.each([
    ['forward', 1_800_000],
    ['back', -1_800_000],
  ])('stays remembered when the clock is set %s', (_, step) => {
    const token = pool.token();
    introduce(token);
    jest.setSystemTime(NOW + step);
    verify(token);
    expect(use()).toEqual({ hits: 1, misses: 2 });
  });

  it.each([
    ['accepted one second before', 1_000],
    ['accepted one millisecond before', 1],
  ])('has its expiry checked every time: %s', (_, before) => {
    const token = pool.token({ claims: { exp: NOW_SECONDS + 30 } });
    introduce(token);
    jest.setSystemTime(NOW + 30_000 - before);
    expect(verify(token)).toHaveProperty('clientId', CLIENT_ID);
    expect(use().hits).toBe(1);
  });

  it.each([
    ['refused at that moment', 0],
    ['refused one second after', 1_000],
  ])('has its expiry checked every time: %s', (_, after) => {
    const token = pool.token({ claims: { exp: NOW_SECONDS + 30 } });
    introduce(token);
    jest.setSystemTime(NOW + 30_000 + after);
    expect(() => verify(token)).toThrow(expect.objectContaining({ reason: 'token_expired' }));
    expect(use().hits).toBe(1);
  });

  it.each([
    ['now', 0],
    ['a second ago, within the tolerance for clocks', -1],
    ['five seconds ago, within the tolerance for clocks', -5],
  ])('is never remembered if it expired %s', (_, seconds) => {
    const token = pool.token({ claims: { exp: NOW_SECONDS + seconds } });
    for (let i = 0; i < 3; i += 1)
      expect(() => verify(token)).toThrow(expect.objectContaining({ reason: 'token_expired' }));
    expect(use()).toEqual({ hits: 0, misses: 3 });
  });

  it('is forgotten when the keys change', async () => {
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

  it('stays remembered after a fetch that brings no change', async () => {
    await service.close();
    service = await rig(OLD, { refreshSeconds: 30 });
    await service.jwksClient.start();
    const token = pool.token();
    introduce(token);
    await service.pass(30_000);
    verify(token);
    expect(use()).toEqual({ hits: 1, misses: 2 });
  });
});

describe('a refused token', () => {
  const use = () => service.verifier.cacheUse;

  it.each([
    ['for users', () => pool.idToken(), 'not_an_access_token'],
    ['that is not valid yet', () => pool.token({ claims: { nbf: NOW_SECONDS + 60 } }), 'token_not_yet_valid'],
    ['that is not a JWT', () => 'token', 'malformed_token'],
  ])('%s is judged every time', async (_, make, expected) => {
    const token = make();
    for (let i = 0; i < 3; i += 1) await expect(reason(token)).resolves.toBe(expected);
    expect(use()).toEqual({ hits: 0, misses: 3 });
  });

  it('whose kid is unknown is never remembered', async () => {
    const token = pool.token({ key: next });
    for (let i = 0; i < 3; i += 1) await reason(token);
    expect(use().hits).toBe(0);
  });

  it('is accepted once its time has come', () => {
    const token = pool.token({ claims: { nbf: NOW_SECONDS + 60 } });
    expect(() => verify(token)).toThrow();
    jest.setSystemTime(NOW + 60_000);
    expect(verify(token)).toHaveProperty('clientId', CLIENT_ID);
  });

  it('does not profit from a good token that begins or ends like it', () => {
    const token = pool.token();
    introduce(token);
    expect(() => verify(token.slice(0, -4))).toThrow();
    expect(() => verify(`${token}=`)).toThrow(expect.objectContaining({ reason: 'malformed_token' }));
  });
});

describe('a forged token', () => {
  const use = () => service.verifier.cacheUse;

  it('has its signature verified once, while the keys stay the same', async () => {
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

  it('gets an error of its own each time', () => {
    const token = pool.token({ key: { ...next, kid: 'old' } });
    const errors = Array.from({ length: 3 }, () => {
      try {
        return verify(token);
      } catch (error) {
        return error;
      }
    });
    expect(new Set(errors).size).toBe(3);
  });

  describe('is remembered', () => {
    let signingInput: string;

    // Real signatures by the thousand would take long.
    beforeEach(() => {
      jest.spyOn(crypto, 'verify').mockReturnValue(false as never);
      signingInput = pool.token().split('.').slice(0, 2).join('.');
    });

    function forge(signature: string): void {
      expect(() => verify(`${signingInput}.${signature}`)).toThrow(
        expect.objectContaining({ reason: 'invalid_signature' }),
      );
    }

    const numbered = (i: number) => String(i).padStart(8, '0');

    it('beside 999 others, of which the one sent longest ago goes first', () => {
      for (let i = 0; i < 1_000; i += 1) forge(numbered(i));
      forge(numbered(0));
      expect(use().misses).toBe(1_000);
      forge(numbered(1_000));
      forge(numbered(0));
      expect(use().misses).toBe(1_001);
      forge(numbered(1));
      expect(use().misses).toBe(1_002);
    });

    it('beside others of 1 Mi characters in all', () => {
      const length = 1024 * 1024 - (signingInput.length + 9);
      const rest = length - (signingInput.length + 1);
      forge(numbered(0));
      forge('A'.repeat(rest - (rest % 4)));
      forge(numbered(0));
      expect(use().misses).toBe(2);
      forge('A'.repeat(rest - (rest % 4) + 4));
      forge(numbered(0));
      expect(use().misses).toBe(4);
    });
  });
});

describe('its observer', () => {
  const observer = { verifiedToken: jest.fn(), waitedForJwks: jest.fn(), explain: jest.fn() };

  beforeEach(() => jest.clearAllMocks());

  it('gets the time that a verification took, whether the token is accepted or not, and none for one remembered', () => {
    const token = pool.token();
    expect(() => verify('token', observer)).toThrow(InvalidTokenError);
    expect(observer.verifiedToken.mock.calls).toEqual([[expect.any(Number), expect.any(Number)]]);
    introduce(token);
    verify(token, observer);
    expect(observer.verifiedToken).toHaveBeenCalledTimes(1);
  });

  it('gets the time that a request waited for keys', async () => {
    service.jwks.serve(BOTH);
    await service.verifier.verify(pool.token({ key: next }), observer);
    expect(observer.waitedForJwks.mock.calls).toEqual([[expect.any(Number), expect.any(Number)]]);
  });

  it('gets what was accepted, and whether it was remembered', () => {
    const token = pool.token();
    const accepted = {
      clientId: CLIENT_ID,
      scopes: [`${IDENTIFIER}/things.read`, `${IDENTIFIER}/things.write`],
      issuedAt: NOW_SECONDS,
      expiresAt: NOW_SECONDS + 3600,
    };
    introduce(token);
    verify(token, observer);
    expect(observer.explain.mock.calls).toEqual([['token accepted', { ...accepted, remembered: true }]]);
    verify(pool.token({ claims: { jti: 'other' } }), observer);
    expect(observer.explain).toHaveBeenLastCalledWith('token accepted', { ...accepted, remembered: false });
  });

  it('may do without explanations', () => {
    const quiet = { ...observer, explain: undefined };
    expect(verify(pool.token(), quiet)).toHaveProperty('clientId', CLIENT_ID);
  });
});

it('names the client of a token that has expired', () => {
  const token = pool.token({ claims: { exp: NOW_SECONDS + 10 } });
  introduce(token);
  jest.advanceTimersByTime(10_000);
  expect(() => verify(token)).toThrow(
    expect.objectContaining({ reason: 'token_expired', details: { clientId: CLIENT_ID } }),
  );
});
