import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import { resilientFetch } from '../src/resilient-fetch.js';
import { TokenCache } from '../src/token-cache.js';
import { serve, type TestServer } from './server.js';

interface Answer {
  readonly status: number;
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
        const { status, headers = {} } = answers.shift() ?? { status: 200 };
        res.writeHead(status, headers).end('answer');
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

  it('is repeated once with a new token after 401, body and all', async () => {
    answers = [{ status: 401 }];
    assert.equal((await post()).status, 200);
    assert.deepEqual(received, ['Bearer token-1 body', 'Bearer token-2 body']);
    assert.deepEqual(waited, []);
  });

  it('is not repeated again where the new token is refused too', async () => {
    answers = [{ status: 401 }, { status: 401 }];
    assert.equal((await post()).status, 401);
    assert.equal(received.length, 2);
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
