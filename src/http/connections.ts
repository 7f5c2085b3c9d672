import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of a server, so that they can be wound up in order. */
export class Connections {
  /** Each open one, with the answer to its newest request until that has gone out. */
  readonly #pending = new Map<Socket, ServerResponse | undefined>();
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#pending.set(socket, undefined);
      socket.once('close', () => this.#pending.delete(socket));
    });
    server.prependListener('request', (req, res) => {
      if (this.#closing) res.setHeader('Connection', 'close');
      this.#pending.set(req.socket, res);
      res.on('close', () => {
        // With pipelining the next request may have taken its place.
        if (this.#pending.get(req.socket) === res) this.#pending.set(req.socket, undefined);
      });
    });
  }

  /** From now on every answer closes its connection, those that are being worked on included. */
  closeWithAnswers(): void {
    this.#closing = true;
    for (const res of this.#pending.values())
      if (res?.headersSent === false) res.setHeader('Connection', 'close');
  }

  /** Destroys the connections that hold no complete request: idle ones, and those that are still sending. */
  destroyIncomplete(): void {
    for (const [socket, res] of this.#pending) if (!res?.req.complete) socket.destroy();
  }

  /** Destroys all connections. Resolves when their requests are over. */
  async destroyAll(): Promise<void> {
    const closed = [...this.#pending.keys()].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()).destroy()),
    );
    await Promise.all(closed);
  }
}
