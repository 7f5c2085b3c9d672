import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type GrantedToken, TokenCache } from '../src/token-cache.js';

describe('a token cache', () => {
  let now: number;
  let requests: number;
  let fault: Error | undefined;
  let tokens: TokenCache;

  beforeEach(() => {
    now = 1_000_000;
    requests = 0;
    fault = undefined;
    tokens = new TokenCache(request, () => now);
  });

  async function request(): Promise<GrantedToken> {
    requests += 1;
    const accessToken = `token ${requests}`;
    if (fault) throw fault;
    return { accessToken, expiresIn: 3600 };
  }

  it('keeps a token until three quarters of its life are over', async () => {
    assert.equal(await tokens.get(), 'token 1');
    now += 2_700_000 - 1;
    assert.equal(await tokens.get(), 'token 1');
    now += 1;
    assert.equal(await tokens.get(), 'token 2');
    assert.equal(requests, 2);
  });

  it('counts a life from when the token was asked for', async () => {
    tokens = new TokenCache(
      async () => {
        now += 10_000;
        return request();
      },
      () => now,
    );
    await tokens.get();
    now += 2_690_000 - 1;
    assert.equal(await tokens.get(), 'token 1');
    now += 1;
    assert.equal(await tokens.get(), 'token 2');
  });

  it('asks once, however many calls need a token at a time', async () => {
    const got = await Promise.all(Array.from({ length: 20 }, () => tokens.get()));
    assert.deepEqual([...new Set(got)], ['token 1']);
    now += 3_600_000;
    await Promise.all(Array.from({ length: 20 }, () => tokens.get()));
    assert.equal(requests, 2);
  });

  it('does not keep a failure', async () => {
    fault = new Error('no network');
    await assert.rejects(Promise.all([tokens.get(), tokens.get()]), fault);
    assert.equal(requests, 1);
    fault = undefined;
    assert.equal(await tokens.get(), 'token 2');
  });

  it('replaces a token that was refused, and asks once for all whose token was', async () => {
    await tokens.get();
    const renew = async (refused: string) => {
      tokens.refused(refused);
      return tokens.get();
    };
    assert.deepEqual(await Promise.all([renew('token 1'), renew('token 1')]), ['token 2', 'token 2']);
    assert.equal(await renew('token 1'), 'token 2');
    assert.equal(requests, 2);
  });
});
