import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A server on a free loopback port. */
export interface TestServer {
  readonly port: number;
  close(): Promise<void>;
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Puts an application on a port. */
export async function listen(app: RequestListener): Promise<TestServer> {
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Sends a request whose path goes over the wire as it is given, where clients with a URL would normalize it. */
export async function send(
  port: number,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<RawAnswer> {
  const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(answer, 'end');
  return { status: answer.statusCode!, headers: answer.headers, text };
}

/** A connection that a test writes the bytes of. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #received = '';
  #onData: () => void = () => undefined;

  /** @param options `allowHalfOpen`: it goes on when the other side has ended its part */
  constructor(port: number, { allowHalfOpen = false } = {}) {
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    // A connection that is reset ends too, and what came before counts.
    this.#socket.on('error', () => undefined);
    this.#socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.#received += chunk;
      this.#onData();
    });
  }

  /** Everything that has come so far. */
  get received(): string {
    return this.#received;
  }

  write(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** Resolves when everything has been sent, or cannot be sent any more. */
  async sent(): Promise<void> {
    await new Promise((resolve) => this.#socket.write('', resolve));
  }

  /** Takes nothing more of what comes; with it, the end of the connection goes unnoticed. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Resolves when what has come fits, or the connection ends. */
  async until(pattern: RegExp): Promise<void> {
    await Promise.race([
      this.#closed,
      new Promise<void>((resolve) => {
        this.#onData = () => {
          if (pattern.test(this.#received)) resolve();
        };
        this.#onData();
      }),
    ]);
  }

  /** Resolves when the other side has closed the connection. */
  closed(): Promise<void> {
    return this.#closed;
  }

  /** Sends nothing more. */
  end(): void {
    this.#socket.end();
  }

  /** Ends it with a reset, RFC 9293 §3.10.7. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
