import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { type Answering, Connections } from '../../src/http/connections';
import { RawConnection } from '../support/raw-http';
import { until } from '../support/until';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const BOUNDS = {
  answerTimeout: 1_000,
  writeTimeout: 500,
  lingerTimeout: 200,
  connectionsCheckingInterval: 20,
};

let server: Server;
let connections: Connections;
/** Requests that could not be parsed, as the application sees them. */
let unparsedRequests: number;

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Serves requests that are answered so, behind the connections of a server. */
async function serve(
  answer: RequestListener,
  refuse: Answering['refuse'] = () => undefined,
  bounds: Partial<typeof BOUNDS> = {},
) {
  server = createServer();
  connections = new Connections({ ...BOUNDS, ...bounds });
  unparsedRequests = 0;
  connections.attach(server, {
    onRequest: (req, res) => connections.enqueue(req, res, { answer, refuse }),
    onUnparsed(req, res, problem) {
      unparsedRequests += 1;
      connections.enqueue(req, res, { answer: (req, res) => refuse(req, res, problem), refuse });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new RawConnection((server.address() as AddressInfo).port);
}

it('leaves an answer alone that goes on for longer than the write time-out', async () => {
  const connection = await serve((_req, res) => {
    let parts = 0;
    const timer = setInterval(() => {
      res.write('part ');
      if (++parts < 12) return;
      clearInterval(timer);
      res.end('end');
    }, BOUNDS.writeTimeout / 8);
  });
  connection.write(GET);
  await connection.until(/end/);
  expect(connection.received).toContain('end');
});

it('cuts an answer off that has begun and does not go on', async () => {
  const connection = await serve((_req, res) => void res.write('part'));
  connection.write(GET);
  await connection.closed();
  expect(connection.received).toMatch(/part\r\n$/);
});

it('counts the time of an answer from the turn of its request', async () => {
  const paths: string[] = [];
  const connection = await serve(
    ({ url = '' }, res) => {
      paths.push(url);
      if (url === '/first') setTimeout(() => res.end('first'), BOUNDS.answerTimeout * 0.7);
    },
    (_req, res) => void res.end('late'),
  );
  connection.write(GET.replace('/', '/first') + GET.replace('/', '/second'));
  const start = performance.now();
  await connection.until(/late/);
  expect(connection.received).toMatch(/first[^]*late/);
  expect(performance.now() - start).toBeGreaterThan(BOUNDS.answerTimeout * 1.6);
  expect(paths).toEqual(['/first', '/second']);
});

it('ends a connection that its client has ended', async () => {
  const connection = await serve((_req, res) => void res.setHeader('Connection', 'close').end('end'));
  connection.write(GET);
  await connection.closed();
  expect(connection.received).toMatch(/end$/);
});

it('keeps no more than a hundred connections for the sake of an answer that may be lost', async () => {
  const first = await serve((_req, res) => void res.setHeader('Connection', 'close').end('end'), undefined, {
    lingerTimeout: 60_000,
  });
  const { port } = server.address() as AddressInfo;
  const others = Array.from({ length: 119 }, () => new RawConnection(port, { allowHalfOpen: true }));
  for (const connection of [first, ...others]) {
    connection.write(GET);
    await connection.until(/end$/);
  }
  const open = promisify(server.getConnections.bind(server));
  await until('the oldest to be destroyed', async () => (await open()) <= 100);
  expect(await open()).toBe(100);
  for (const connection of others) connection.destroy();
});

describe('once answers close their connections', () => {
  it('an answer that is under way does, and what waits behind it is not executed', async () => {
    const answers: (() => void)[] = [];
    const dropped: string[] = [];
    const connection = await serve((_req, res) => void answers.push(() => res.end('answer')));
    server.on('request', ({ url = '' }, res) => res.once('close', () => dropped.push(url)));
    connection.write(GET.replace('/', '/1') + GET.replace('/', '/2'));
    await once(server, 'request');
    connections.closeWithAnswers();
    answers[0]!();
    await connection.closed();
    expect(connection.received).toMatch(/^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n/);
    expect(answers).toHaveLength(1);
    expect(dropped.sort()).toEqual(['/1', '/2']);
  });

  it('an answer that has begun stays as it is, and the next closes the connection', async () => {
    const connection = await serve((_req, res) => {
      res.write('1');
      connections.closeWithAnswers();
      res.end('end');
    });
    connection.write(GET + GET);
    await connection.closed();
    expect(connection.received.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    expect(connection.received.match(/Connection: close/g)).toHaveLength(1);
  });
});

describe('the connections without a complete request', () => {
  it.each([
    ['an idle one', ''],
    ['one that is sending a head', 'GET / HTTP/1.1\r\n'],
    ['one that is sending a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345'],
  ])('are destroyed: %s', async (_, bytes) => {
    const connection = await serve(() => undefined);
    const connected = once(server, 'connection');
    connection.write(bytes);
    await connected;
    if (bytes.startsWith('POST')) await once(server, 'request');
    connections.destroyIncomplete();
    await connection.closed();
    expect(connection.received).toBe('');
  });

  it.each([
    ['without a body', GET],
    ['with a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345'],
  ])('do not include one that waits for its answer: %s', async (_, bytes) => {
    const connection = await serve((req, res) => {
      req.resume();
      setTimeout(() => {
        connections.destroyIncomplete();
        res.end('end');
      }, 20);
    });
    connection.write(bytes);
    await connection.until(/end/);
    expect(connection.received).toContain('end');
  });

  it('do not include one whose client has sent the next request already', async () => {
    let answer = () => undefined as unknown;
    const connection = await serve((_req, res) => {
      answer = () => res.end('end');
    });
    connection.write(`${GET}POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345`);
    await once(server, 'request');
    connections.destroyIncomplete();
    answer();
    await connection.until(/end/);
    expect(connection.received).toContain('end');
  });
});

it('destroys all connections, and waits until their requests are over', async () => {
  const isOver = jest.fn();
  let isAsked = false;
  const busy = await serve((_req, res) => {
    res.on('close', isOver);
    isAsked = true;
  });
  const idle = new RawConnection((server.address() as AddressInfo).port);
  const count = promisify(server.getConnections.bind(server));
  busy.write(GET);
  await until('both connections and the request', async () => (await count()) === 2 && isAsked);
  await connections.destroyAll();
  expect(isOver).toHaveBeenCalledTimes(1);
  expect(await count()).toBe(0);
  await Promise.all([busy.closed(), idle.closed()]);
});

describe('what cannot be parsed', () => {
  const NONSENSE = 'nonsense\r\n\r\n';
  const refuse = jest.fn<ReturnType<Answering['refuse']>, Parameters<Answering['refuse']>>(
    (_req, res) => void res.setHeader('Connection', 'close').end('refused'),
  );

  beforeEach(() => refuse.mockClear());

  /** Resolves when the server's parser has given up so many times. */
  const unparsed = (times: number) => {
    let errors = 0;
    return new Promise<void>((resolve) => server.on('clientError', () => ++errors === times && resolve()));
  };

  it('is answered once for a connection, in its turn, whatever comes behind it', async () => {
    let answer = () => undefined as unknown;
    const connection = await serve((_req, res) => {
      answer = () => res.end('answered');
    }, refuse);
    const second = unparsed(2);
    const first = unparsed(1);
    connection.write(GET + NONSENSE);
    await first;
    connection.write(NONSENSE);
    await second;
    expect(refuse).not.toHaveBeenCalled();
    answer();
    await connection.until(/refused/);
    expect(connection.received).toMatch(/answered[^]*refused/);
    expect([refuse.mock.calls.length, unparsedRequests]).toEqual([1, 1]);
  });

  it('is answered to the end while more of it comes', async () => {
    let end = () => undefined as unknown;
    refuse.mockImplementationOnce((_req, res) => {
      res.setHeader('Connection', 'close').write('refu');
      end = () => res.end('sed');
    });
    const connection = await serve(() => undefined, refuse);
    const second = unparsed(2);
    connection.write(NONSENSE);
    await connection.until(/refu/);
    connection.write(NONSENSE);
    await second;
    end();
    await connection.closed();
    expect(connection.received).toMatch(/refu[^]*sed/);
    expect([refuse.mock.calls.length, unparsedRequests]).toEqual([1, 1]);
  });

  it('is no request behind an answer that closes the connection', async () => {
    const connection = await serve(
      (_req, res) => void res.setHeader('Connection', 'close').end('end'),
      refuse,
    );
    connection.write(GET);
    await connection.until(/end/);
    connection.write(NONSENSE);
    await connection.closed();
    expect([refuse.mock.calls.length, unparsedRequests]).toEqual([0, 0]);
  });

  it('is refused in the turn of its request, where it is the body of one that waits', async () => {
    let answer = () => undefined as unknown;
    const connection = await serve((_req, res) => {
      answer = () => res.end('answered');
    }, refuse);
    const nonsense = unparsed(1);
    connection.write(`${GET}POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${NONSENSE}`);
    await nonsense;
    expect(refuse).not.toHaveBeenCalled();
    answer();
    await connection.until(/refused/);
    expect(connection.received).toMatch(/answered[^]*refused/);
    expect(refuse.mock.calls.map(([, , { code }]) => code)).toEqual(['malformed_request']);
  });

  it('ends the connection, where it is the body of a request whose answer has begun', async () => {
    const connection = await serve((_req, res) => void res.write('begun'), refuse);
    connection.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    await connection.until(/begun/);
    connection.write(NONSENSE);
    await connection.closed();
    expect(refuse).not.toHaveBeenCalled();
  });
});
