import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { fetchJwks } from '../../src/auth/fetch-jwks';
import { type JwksServer, jwksServer } from '../support/jwks-server';
import { gate } from './fixture';

const LIMIT = 150_000;

let jwks: JwksServer;

beforeAll(async () => {
  jwks = await jwksServer({});
});

afterAll(() => jwks.close());

function fetchFrom(
  answer: object | RequestListener,
  signal = new AbortController().signal,
): Promise<unknown> {
  jwks.serve(answer);
  return fetchJwks(jwks.url, signal);
}

/** A JSON text of so many bytes. */
function documentOf(bytes: number): string {
  return `"${'a'.repeat(bytes - 2)}"`;
}

function body(content: string | Buffer, headers: Record<string, string> = {}): RequestListener {
  return (_req, res) => res.writeHead(200, headers).end(content);
}

it('returns the parsed document', async () => {
  await expect(fetchFrom({ keys: [1, 'two', null] })).resolves.toEqual({ keys: [1, 'two', null] });
});

it('requests JSON, with GET and without credentials', async () => {
  let method: string | undefined;
  let headers: IncomingHttpHeaders = {};
  await fetchFrom((req, res) => {
    ({ method, headers } = req);
    res.end('{}');
  });
  expect(method).toBe('GET');
  expect(headers.accept).toBe('application/json');
  expect(headers).not.toHaveProperty('authorization');
  expect(headers).not.toHaveProperty('cookie');
});

it('decodes a character that arrives in two chunks', async () => {
  // Decompressed in chunks of 16 KB, which does not divide into characters of three bytes.
  const document = ['€'.repeat(20_000)];
  const answer = body(gzipSync(JSON.stringify(document)), { 'content-encoding': 'gzip' });
  await expect(fetchFrom(answer)).resolves.toEqual(document);
});

describe('accepts a body of 150,000 bytes', () => {
  it.each([
    ['without compression', body(documentOf(LIMIT))],
    ['compressed with gzip', body(gzipSync(documentOf(LIMIT)), { 'content-encoding': 'gzip' })],
    ['compressed with deflate', body(deflateSync(documentOf(LIMIT)), { 'content-encoding': 'deflate' })],
    ['compressed with Brotli', body(brotliCompressSync(documentOf(LIMIT)), { 'content-encoding': 'br' })],
  ])('%s', async (_, answer) => {
    await expect(fetchFrom(answer)).resolves.toHaveLength(LIMIT - 2);
  });
});

describe('refuses a body of 150,001 bytes', () => {
  it.each([
    ['without compression', body(documentOf(LIMIT + 1))],
    ['compressed with gzip', body(gzipSync(documentOf(LIMIT + 1)), { 'content-encoding': 'gzip' })],
    ['compressed with deflate', body(deflateSync(documentOf(LIMIT + 1)), { 'content-encoding': 'deflate' })],
    ['compressed with Brotli', body(brotliCompressSync(documentOf(LIMIT + 1)), { 'content-encoding': 'br' })],
  ])('%s', async (_, answer) => {
    await expect(fetchFrom(answer)).rejects.toThrow('body over 150000 bytes');
  });
});

it('stops reading an endless body', async () => {
  const closed = gate();
  const fetched = fetchFrom((_req, res) => {
    const chunk = Buffer.alloc(16_384, 0x20);
    const more = (): void => {
      if (!res.destroyed) res.write(chunk, more);
    };
    res.once('close', () => closed.open());
    more();
  });
  await expect(fetched).rejects.toThrow();
  await closed.opened;
});

describe('refuses the status', () => {
  it.each([201, 202, 204, 206, 300, 304, 400, 401, 403, 404, 429, 500, 502, 503])('%d', async (status) => {
    const fetched = fetchFrom((_req, res) => res.writeHead(status).end('{"keys":[]}'));
    await expect(fetched).rejects.toThrow(`status ${status}`);
  });
});

describe('does not follow the redirect', () => {
  it.each([301, 302, 303, 307, 308])('%d', async (status) => {
    const elsewhere = await jwksServer({ keys: [] });
    try {
      const redirect: RequestListener = (_req, res) =>
        res.writeHead(status, { location: elsewhere.url }).end();
      await expect(fetchFrom(redirect)).rejects.toThrow();
      expect(elsewhere.requests).toBe(0);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('refuses', () => {
  it.each<[string, RequestListener]>([
    ['an empty body', body('')],
    ['a body that is not JSON', body('<!doctype html>')],
    ['truncated JSON', body('{"keys":[')],
    ['JSON with something after it', body('{"keys":[]} x')],
    ['a body that is not UTF-8', body(Buffer.from('22ff22', 'hex'))],
    ['a body that ends within a character', body(Buffer.from('{}\xd0', 'latin1'))],
    ['UTF-16', body(Buffer.from('{"keys":[]}', 'utf16le'))],
    ['a body that is not gzip, as it claims', body('{"keys":[]}', { 'content-encoding': 'gzip' })],
    ['a connection that ends before the answer', (req) => req.socket.destroy()],
    [
      'a connection that ends within the body',
      (req, res) => {
        res.writeHead(200, { 'content-length': '100' });
        res.write('{"keys":[]}', () => req.socket.destroy());
      },
    ],
  ])('%s', async (_, answer) => {
    await expect(fetchFrom(answer)).rejects.toThrow();
  });

  it('a connection that is refused', async () => {
    const gone = await jwksServer({});
    await gone.close();
    await expect(fetchJwks(gone.url, new AbortController().signal)).rejects.toThrow();
  });
});

describe('ends with its signal', () => {
  it('before the answer', async () => {
    const stopping = new AbortController();
    const fetched = fetchFrom(() => stopping.abort(new Error('stopped')), stopping.signal);
    await expect(fetched).rejects.toThrow('stopped');
  });

  it('within the body', async () => {
    const stopping = new AbortController();
    const fetched = fetchFrom(
      (_req, res) => void res.write('{}', () => stopping.abort(new Error('stopped'))),
      stopping.signal,
    );
    await expect(fetched).rejects.toThrow('stopped');
  });

  it('and leaves no listener on it', async () => {
    const { signal } = new AbortController();
    await fetchFrom({}, signal);
    await expect(fetchFrom(body('x'), signal)).rejects.toThrow();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('if that was aborted before', async () => {
    await expect(fetchFrom({}, AbortSignal.abort())).rejects.toThrow();
  });
});

describe('ends after three seconds, even while garbage is collected,', () => {
  let collecting: NodeJS.Timeout;
  let slow: JwksServer[];
  /** Why the fetch ended each, or who else did. */
  let gaveUp: string[];

  beforeAll(async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    collecting = setInterval(collectGarbage, 500);
    slow = [
      await jwksServer(() => undefined),
      await jwksServer((_req, res) => {
        res.write('{}');
        const trickle = setInterval(() => res.write(' '), 100);
        res.once('close', () => clearInterval(trickle));
      }),
    ];
    let first = 'the fetch';
    const closing = setTimeout(() => {
      first = 'the server';
      for (const server of slow) void server.close();
    }, 4_500);
    const { signal } = new AbortController();
    gaveUp = await Promise.all(
      slow.map(({ url }) =>
        fetchJwks(url, signal).then(
          () => 'neither',
          (error: unknown) => (first === 'the fetch' ? (error as Error).message : first),
        ),
      ),
    );
    clearTimeout(closing);
  }, 10_000);

  afterAll(async () => {
    clearInterval(collecting);
    await Promise.all(slow.map((server) => server.close()));
  });

  it('a fetch whose answer does not begin', () => {
    expect(gaveUp[0]).toBe('no whole answer within 3000 ms');
  });

  it('a fetch whose body trickles', () => {
    expect(gaveUp[1]).toBe('no whole answer within 3000 ms');
  });
});
