import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** The status that every answer must have. */
  readonly status: number;
  /** The bytes of the next request; asked for whenever a connection is free. */
  readonly next: () => Buffer;
}

/**
 * Keeps connections busy, each with one request at a time: the next goes out when the answer before it is complete.
 *
 * The usual generators give every connection its own list of requests, which thousands of tokens make too large, and
 * take more time per request than the fastest subjects.
 */
export class LoadGenerator {
  /** Rejects when a connection is lost, or an answer has another status or no `Content-Length`. */
  readonly failed: Promise<never>;
  readonly #options: LoadOptions;
  readonly #sockets: readonly Socket[];
  #fail!: (error: Error) => void;
  #latencies: number[] = [];

  /** Starts at once. */
  constructor(options: LoadOptions) {
    this.#options = options;
    this.failed = new Promise((_resolve, reject) => (this.#fail = reject));
    // A caller that waits for it receives it; after the end no caller does.
    this.failed.catch(() => undefined);
    this.#sockets = Array.from({ length: options.connections }, () => this.#connect());
  }

  /**
   * Milliseconds from sending a request to the last byte of its answer, for every answer since the last call, in the order
   * of the answers.
   */
  take(): number[] {
    const latencies = this.#latencies;
    this.#latencies = [];
    return latencies;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(): Socket {
    const { port, status, next } = this.#options;
    const statusLine = `HTTP/1.1 ${status} `;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sentAt = 0;
    let head = '';
    /** Bytes of the answer that are still to come, once its head is known. */
    let left = 0;
    const send = () => {
      sentAt = performance.now();
      socket.write(next());
    };
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      if (left > 0) left -= chunk.length;
      else {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n') + 4;
        if (end < 4) return;
        const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
        if (!head.startsWith(statusLine) || length === undefined)
          return this.#fail(new Error(`expected ${statusLine}and Content-Length, got ${head.slice(0, end)}`));
        left = end + Number(length) - head.length;
        head = '';
      }
      if (left > 0) return;
      this.#latencies.push(performance.now() - sentAt);
      send();
    });
    socket.on('error', this.#fail);
    socket.on('close', () => this.#fail(new Error('a connection was closed')));
    return socket;
  }
}
