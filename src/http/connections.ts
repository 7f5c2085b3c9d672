import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of a server, so that they can be wound up in order. */
export class Connections {
  readonly #sockets = new Set<Socket>();
  /** Requests that were handed out and not answered yet. */
  readonly #pending = new Map<Socket, { readonly req: IncomingMessage; readonly res: ServerResponse }>();
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.prependListener('request', (req, res) => {
      if (this.#closing) res.setHeader('Connection', 'close');
      this.#pending.set(req.socket, { req, res });
      res.once('close', () => {
        // With pipelining the next request may have taken its place.
        if (this.#pending.get(req.socket)?.res === res) this.#pending.delete(req.socket);
      });
    });
  }

  /** From now on every answer closes its connection, those that are being worked on included. */
  closeWithAnswers(): void {
    this.#closing = true;
    for (const { res } of this.#pending.values()) if (!res.headersSent) res.setHeader('Connection', 'close');
  }

  /** Destroys the connections that hold no complete request: idle ones, and those that are still sending. */
  destroyIncomplete(): void {
    for (const socket of this.#sockets) if (!this.#pending.get(socket)?.req.complete) socket.destroy();
  }

  /** Destroys all connections. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
