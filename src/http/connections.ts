import { IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem, problems, type ProblemType } from './problem';

declare module 'http' {
  interface IncomingMessage {
    /** The client waits for `100 Continue` before it sends the body, RFC 9110 §10.1.1. What reads the body sends that first. */
    expectsContinue?: true;
  }
}

/** Bounds of a connection beside those of Node's server, in milliseconds. */
export interface ConnectionBounds {
  /** From the turn of a request to the head of its answer. Longer than all that a handler may wait for. */
  readonly answerTimeout: number;
  /** In which the client must take some bytes of its answer. */
  readonly writeTimeout: number;
  /** From the last answer to the end of the connection, where the client does not end it first. */
  readonly lingerTimeout: number;
  /** How often the first two are checked, and so how late they may be noticed. */
  readonly connectionsCheckingInterval: number;
}

/** What is done with a request when its turn has come. */
export interface Answering {
  answer(req: IncomingMessage, res: ServerResponse): void;
  /** Answers in place of `answer`, also where that works on an answer already. */
  refuse(req: IncomingMessage, res: ServerResponse, problem: Problem): void;
}

/** What the requests of a server are handed to. Each calls {@link Connections.enqueue}. */
export interface Listeners {
  readonly onRequest: RequestListener;
  /** For a request whose head cannot be parsed: `req` knows the socket alone. */
  readonly onUnparsed: (req: IncomingMessage, res: ServerResponse, problem: Problem) => void;
}

/** The connection was ended or reset within a request. */
const ENDED_EARLY = 'HPE_INVALID_EOF_STATE';

/** What is wrong with a request where Node's parser gives up, by the code of its error. Those of llhttp begin with `HPE_`. */
const PROBLEMS_OF_PARSER: Readonly<Record<string, ProblemType>> = {
  ERR_HTTP_REQUEST_TIMEOUT: problems.requestTimeout,
  HPE_HEADER_OVERFLOW: problems.headTooLarge,
};

/** Requests that may wait behind the one that is being answered. */
const MAX_WAITING = 16;
/** Connections that may be open for the sake of their last answer alone. */
const MAX_LINGERING = 100;
/** Bytes that may come while requests wait. */
const MAX_BYTES_WHILE_WAITING = 64 * 1024;

interface Turn {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly answering: Answering;
  /** Why it is refused when its turn has come. */
  problem?: Problem;
}

interface Connection {
  /** The first is being answered, the others wait. */
  readonly turns: Turn[];
  /** The socket's `bytesRead` when requests began to wait. */
  bytesReadBefore: number;
  /** When the turn began, or the client was last seen to take bytes of the answer. */
  activeAt: number;
  /** Bytes that the client had taken at the last check of an answer that had begun. */
  bytesTaken: number;
  /** Whether the parser has given up: what comes after that is no request. */
  isUnparsable: boolean;
}

/**
 * The connections of a server, none of which can hold more than its share:
 *
 * - The requests of a connection are answered one after the other, so that at most one answer is in memory.
 * - A request behind an answer that closes the connection is not executed, RFC 9112 §9.6.
 * - A connection is destroyed when too many requests wait on it, or when the client does not take its answer.
 * - A request that is not answered in time is answered all the same.
 * - What cannot be parsed is answered like any other error, once for a connection.
 * - After its last answer a connection is still read from for a moment, so that the answer is not lost, RFC 9112 §9.6. Only
 *   so many are, since each holds a descriptor.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  /** In the order in which they began to. */
  readonly #lingering = new Set<Socket>();
  readonly #bounds: ConnectionBounds;
  #closing = false;

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  /** Hands every request of a server to its listener, and checks the connections while the server is open. */
  attach(server: Server, { onRequest: listener, onUnparsed }: Listeners): void {
    server.on('connection', (socket) => void this.#connectionOf(socket));
    server.on('clientError', (error, socket) => this.#refuseUnparsed(error, socket, onUnparsed));
    server.on('request', listener);
    server.on('checkContinue', (req, res) => {
      req.expectsContinue = true;
      listener(req, res);
    });
    // RFC 9110 §10.1.1 allows an unknown expectation to be ignored.
    server.on('checkExpectation', listener);
    // This is no proxy. A request that cannot be answered any more is not executed.
    server.on('connect', (req, socket) => {
      socket.end();
      listener(req, new ServerResponse(req));
      socket.destroy();
    });
    const timer = setInterval(() => this.#check(), this.#bounds.connectionsCheckingInterval).unref();
    server.on('close', () => clearInterval(timer));
  }

  /**
   * Has a request answered when its turn has come. Where that never comes, since the connection ends before, the response
   * emits `close` all the same.
   */
  enqueue(req: IncomingMessage, res: ServerResponse, answering: Answering): void {
    const { socket } = req;
    const connection = this.#connectionOf(socket);
    const turn = { req, res, answering };
    if (!socket.writable) return drop(turn);
    const waiting = connection.turns.push(turn) - 1;
    if (waiting === 0) return this.#begin(socket, connection, turn);
    if (waiting === 1) connection.bytesReadBefore = socket.bytesRead;
    const bytes = socket.bytesRead - connection.bytesReadBefore;
    if (waiting > MAX_WAITING || bytes > MAX_BYTES_WHILE_WAITING) socket.destroy();
  }

  /** From now on every answer closes its connection, those that are being worked on included. */
  closeWithAnswers(): void {
    this.#closing = true;
    for (const { turns } of this.#open.values())
      if (turns[0]?.res.headersSent === false) turns[0].res.setHeader('Connection', 'close');
  }

  /** Destroys the connections that hold no complete request: idle ones, and those that are still sending. */
  destroyIncomplete(): void {
    for (const [socket, { turns }] of this.#open) if (!turns[0]?.req.complete) socket.destroy();
  }

  /** Destroys all connections. Resolves when their requests are over. */
  async destroyAll(): Promise<void> {
    const closed = [...this.#open.keys()].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()).destroy()),
    );
    await Promise.all(closed);
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#open.get(socket);
    if (known) return known;
    const connection = { turns: [], bytesReadBefore: 0, activeAt: 0, bytesTaken: -1, isUnparsable: false };
    this.#open.set(socket, connection);
    socket.once('close', () => this.#open.delete(socket));
    // Node calls this when an answer that closes the connection has gone out.
    socket.destroySoon = () => this.#linger(socket, connection);
    return connection;
  }

  #begin(socket: Socket, connection: Connection, { req, res, answering, problem }: Turn): void {
    if (!res.socket) res.assignSocket(socket);
    if (this.#closing) res.setHeader('Connection', 'close');
    connection.activeAt = performance.now();
    res.on('close', () => this.#end(socket, connection));
    if (problem) answering.refuse(req, res, problem);
    else answering.answer(req, res);
  }

  /**
   * What the parser was about to read is refused: a head in a turn of its own, so that it is answered after the requests
   * before it; a body with its request, unless the answer has begun.
   */
  #refuseUnparsed(error: Error, socket: Duplex, onUnparsed: Listeners['onUnparsed']): void {
    const type = problemOfParser(error);
    if (!type || !(socket instanceof Socket) || socket.destroyed) return void socket.destroy();
    const connection = this.#connectionOf(socket);
    // It is closing already, or the parser is given what comes after the bytes that it could not parse.
    if (!socket.writable || connection.isUnparsable) return;
    connection.isUnparsable = true;
    const problem = new Problem(type, { headers: { Connection: 'close' } });
    const turn = connection.turns.at(-1);
    if (!turn || turn.req.complete) {
      const req = new IncomingMessage(socket);
      const res = new ServerResponse(req);
      // Node does this for the answers to requests that it has parsed.
      res.on('finish', () => socket.destroySoon());
      return onUnparsed(req, res, problem);
    }
    turn.problem = problem;
    if (turn !== connection.turns[0]) return;
    if (turn.res.headersSent) socket.destroy();
    else refuseUnderWay(turn, problem);
  }

  #end(socket: Socket, connection: Connection): void {
    const { turns } = connection;
    turns.shift();
    const [next] = turns;
    if (!next) return;
    if (socket.writable) this.#begin(socket, connection, next);
    else turns.splice(0).forEach(drop);
  }

  /** A socket that is closed while bytes arrive resets the connection, and the client may lose the answer with it. */
  #linger(socket: Socket, { turns }: Connection): void {
    socket.end();
    turns[0]?.req.resume();
    const timer = setTimeout(() => socket.destroy(), this.#bounds.lingerTimeout);
    this.#lingering.add(socket);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#lingering.delete(socket);
    });
    const [oldest] = this.#lingering;
    if (this.#lingering.size > MAX_LINGERING) oldest?.destroy();
  }

  #check(): void {
    const now = performance.now();
    for (const [socket, connection] of this.#open) {
      const [turn] = connection.turns;
      if (!turn) continue;
      const { res } = turn;
      const passed = now - connection.activeAt;
      if (!res.headersSent) {
        if (passed >= this.#bounds.answerTimeout) refuseUnderWay(turn, new Problem(problems.answerTimeout));
        continue;
      }
      const bytesTaken = socket.bytesWritten - socket.writableLength;
      if (bytesTaken !== connection.bytesTaken) {
        connection.bytesTaken = bytesTaken;
        connection.activeAt = now;
      } else if (passed >= this.#bounds.writeTimeout) socket.destroy();
    }
  }
}

/** `undefined`: the connection is lost. */
function problemOfParser({ code = '' }: NodeJS.ErrnoException): ProblemType | undefined {
  if (code === ENDED_EARLY || !(code in PROBLEMS_OF_PARSER || code.startsWith('HPE_'))) return undefined;
  return PROBLEMS_OF_PARSER[code] ?? problems.malformedRequest;
}

/** What works on the answer may write to it later. Node reports that as an error, which without a listener ends the process. */
function refuseUnderWay({ req, res, answering }: Turn, problem: Problem): void {
  res.on('error', () => undefined);
  answering.refuse(req, res, problem);
}

/** Node emits `close` only for a response that had the socket. */
function drop({ req, res }: Turn): void {
  req.resume();
  res.emit('close');
}
