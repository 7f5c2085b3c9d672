import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import { resilientFetch } from '../src/resilient-fetch.js';
import { TokenCache } from '../src/token-cache.js';
import { serve, type TestServer } from './server.js';

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly headers?: Record<string, string>;
}

describe('a call', () => {
  let server: TestServer;
  /** Answers to come; 200 when there are none left. */
  let answers: Answer[];
  /** What the server was sent: the token and the body. */
  let received: string[];
  let waited: number[];
  let granted: number;
  let send: (request: Request) => Promise<Response>;

  before(async () => {
    server = await serve((req, res) => {
      void text(req).then((body) => {
        received.push(`${req.headers.authorization} ${body}`);
        const { status, code, headers = {} } = answers.shift() ?? { status: 200 };
        if (status === 0) return void res.destroy();
        res.writeHead(status, headers).end(code === undefined ? 'answer' : JSON.stringify({ code }));
      });
    });
  });

  after(() => server.close());

  beforeEach(() => {
    [answers, received, waited, granted] = [[], [], [], 0];
    const tokens = new TokenCache(async () => ({ accessToken: `token-${++granted}`, expiresIn: 60 }));
    send = resilientFetch(tokens, { wait: async (milliseconds) => waited.push(milliseconds) });
  });

  const post = () => send(new Request(server.url, { method: 'POST', body: 'body' }));

  it('is sent with the token, and with the same one the next time', async () => {
    assert.equal(await (await post()).text(), 'answer');
    await post();
    assert.deepEqual(received, ['Bearer token-1 body', 'Bearer token-1 body']);
  });

  for (const code of ['token_expired', 'token_revoked', 'invalid_token']) {
    it(`is repeated once with a new token after 401 ${code}, body and all`, async () => {
      answers = [{ status: 401, code }];
      assert.equal((await post()).status, 200);
      assert.deepEqual(received, ['Bearer token-1 body', 'Bearer token-2 body']);
      assert.deepEqual(waited, []);
    });
  }

  for (const code of [
    'client_disabled',
    'client_not_allowed',
    'not_an_access_token',
    'a_code_of_the_future',
    undefined,
  ]) {
    it(`is not repeated, and costs no token, after 401 ${code ?? 'without a code'}`, async () => {
      answers = Array.from({ length: 3 }, () => ({ status: 401, ...(code && { code }) }));
      for (let call = 0; call < 3; call += 1) assert.equal((await post()).status, 401);
      assert.equal(received.length, 3);
      assert.equal(granted, 1);
    });
  }

  it('is not repeated again where the new token is refused too', async () => {
    answers = Array.from({ length: 2 }, () => ({ status: 401, code: 'invalid_token' }));
    const answer = await post();
    assert.equal(answer.status, 401);
    assert.deepEqual(await answer.json(), { code: 'invalid_token' });
    assert.equal(received.length, 2);
  });

  it('is repeated after 429 when the time of Retry-After is over', async () => {
    answers = [{ status: 429, headers: { 'Retry-After': '7' } }];
    assert.equal((await post()).status, 200);
    assert.deepEqual(waited, [7000]);
  });

  for (const [what, status] of [
    ['a broken connection', 0],
    ['502', 502],
    ['503 without Retry-After', 503],
  ] as const) {
    it(`is repeated after ${what} where it takes effect once: with a key, or a GET`, async () => {
      for (const init of [{ method: 'POST', body: 'body', headers: { 'Idempotency-Key': 'key' } }, {}]) {
        [answers, received, waited] = [[{ status }, { status }], [], []];
        assert.equal((await send(new Request(server.url, init))).status, 200);
        assert.equal(received.length, 3);
        assert.deepEqual(waited, [1000, 2000]);
      }
    });
  }

  it('is not repeated after a broken connection where it might take effect twice', async () => {
    answers = [{ status: 0 }];
    await assert.rejects(post(), TypeError);
    assert.equal(received.length, 1);
  });

  it('is repeated after 503 when the time of Retry-After is over', async () => {
    answers = [
      { status: 503, headers: { 'Retry-After': '2' } },
      { status: 503, headers: { 'Retry-After': 'Thu, 01 Jan 1970 00:00:00 GMT' } },
      { status: 503, headers: { 'Retry-After': 'soon' } },
    ];
    assert.equal((await post()).status, 200);
    assert.deepEqual(waited, [2000, 0, 1000]);
    assert.deepEqual(new Set(received), new Set(['Bearer token-1 body']));
  });

  it('is not repeated after 503 without Retry-After, which leaves the outcome open', async () => {
    answers = [{ status: 503 }];
    assert.equal((await post()).status, 503);
    assert.equal(received.length, 1);
  });

  it('does not wait longer than it is allowed to', async () => {
    answers = [{ status: 503, headers: { 'Retry-After': '86400' } }];
    await post();
    assert.deepEqual(waited, [30_000]);
  });

  it('ends with 503 after three repetitions', async () => {
    answers = Array.from({ length: 9 }, () => ({ status: 503, headers: { 'Retry-After': '1' } }));
    assert.equal((await post()).status, 503);
    assert.equal(received.length, 4);
  });

  for (const status of [400, 403, 404, 409, 412, 422, 500]) {
    it(`is not repeated after ${status}`, async () => {
      answers = [{ status }];
      assert.equal((await post()).status, status);
      assert.equal(received.length, 1);
    });
  }
});
