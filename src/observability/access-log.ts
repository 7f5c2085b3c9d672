import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { isIP } from 'node:net';
import type { Express, Request, Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

/**
 * A request, and how it was answered, as the log and the metrics tell it.
 *
 * It holds no header, no body, no query and no path as the caller wrote it: all of these may hold secrets.
 */
export interface Exchange {
  readonly requestId: string;
  readonly method: string;
  /** The path as it was declared, with its parameters' names; `undefined` where none matched, or none was looked for. */
  readonly route: string | undefined;
  /** `undefined`: the caller went away before the answer was written. */
  readonly status: number | undefined;
  /** To the microsecond. */
  readonly durationMs: number;
  /** Of a valid token, also where the client is refused. */
  readonly clientId: string | undefined;
  /** The reason code of a refusal. */
  readonly reason: string | undefined;
  /** `undefined`: what was forwarded as the caller's address is none. */
  readonly ip: string | undefined;
}

/** A request that is over. What may still change, when a handler goes on though its caller is gone, is kept as it was. */
interface Ended {
  readonly req: Request;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly milliseconds: number;
}

/** Root of the trace that the load balancer passes on, or began. */
const TRACE_ROOT = /(?:^|;)Root=(1-[\da-f]{8}-[\da-f]{24})(?:;|$)/i;

/**
 * What is done to a request first, whatever becomes of it, so that a log line is written and the request counted when its answer has been handed
 * over or its caller is gone: soon after, by `setImmediate`, together with the others that ended meanwhile. One by one they
 * would take several times as long, as each would find the code of the log and of the metrics out of the processor's caches.
 *
 * Sets the request id: that of the trace (`X-Amzn-Trace-Id`), else a new one. It comes back as `X-Request-Id`, and stands
 * on every line of `req.log` (see {@link defineRequestLog}).
 *
 * @param quiet declared paths whose requests are logged at level debug, unless they are refused
 */
export function observeExchanges(
  logger: Logger,
  metrics: { count(exchange: Exchange): void },
  quiet: readonly string[],
): RequestListener {
  let ended: Ended[] = [];
  const tell = (): void => {
    const told = ended;
    ended = [];
    for (const end of told) {
      const exchange = exchangeOf(end);
      const { route, status, reason } = exchange;
      metrics.count(exchange);
      const isQuiet = route !== undefined && reason === undefined && quiet.includes(route);
      const level = isQuiet ? 'debug' : status !== undefined && status >= 500 ? 'error' : 'info';
      logger[level](exchange, status === undefined ? 'request aborted' : 'request completed');
    }
  };
  return (message, res) => {
    const start = performance.now();
    const req = message as Request;
    req.id = requestId(req);
    res.setHeader('X-Request-Id', req.id);
    rememberAddress(req);
    res.once('close', () => {
      // What is written to a destroyed socket counts as written.
      const status = res.writableFinished && !req.socket.destroyed ? res.statusCode : undefined;
      const end = { req, status, reason: req.failureReason, milliseconds: performance.now() - start };
      if (ended.push(end) === 1) setImmediate(tell);
    });
  };
}

/**
 * Gives the requests of an application their `req.log`: a logger whose lines bear the request's id, and say nothing else of
 * it. It is made when it is first asked for, since most requests log nothing but the line that ends them.
 */
export function defineRequestLog(app: Express, logger: Logger): void {
  const assignLogger = pinoHttp<Request, Response>({
    logger,
    // Its own line would cost three listeners, and come without a duration that the metrics could share.
    autoLogging: false,
    customAttributeKeys: { req: 'requestId' },
    serializers: { requestId: ({ id }: Request) => id },
    wrapSerializers: false,
  });
  Object.defineProperty(app.request, 'log', {
    get(this: Request & { res: Response }) {
      Object.defineProperty(this, 'log', { value: undefined, writable: true });
      assignLogger(this, this.res);
      return this.log;
    },
  });
}

/** A closed socket knows the caller's address only if it was asked for it before. */
function rememberAddress({ socket }: IncomingMessage): unknown {
  return socket.remoteAddress;
}

function requestId(req: IncomingMessage): string {
  const trace = req.headers['x-amzn-trace-id'];
  const root = trace === undefined ? undefined : TRACE_ROOT.exec(String(trace))?.[1];
  return root ?? randomUUID();
}

/**
 * An IP address without its zone, RFC 4007 §11; `undefined` where the text is none. Where fewer proxies add to
 * `X-Forwarded-For` than are trusted, the text is what the caller wrote.
 */
function addressOf(text: string): string | undefined {
  const zone = text.indexOf('%');
  const address = zone === -1 ? text : text.slice(0, zone);
  return isIP(address) === 0 ? undefined : address;
}

function exchangeOf({ req, status, reason, milliseconds }: Ended): Exchange {
  return {
    requestId: req.id as string,
    method: req.method,
    route: (req.route as { readonly path: string } | undefined)?.path,
    status,
    durationMs: Math.round(milliseconds * 1000) / 1000,
    clientId: req.clientId,
    reason,
    ip: addressOf(req.ip ?? ''),
  };
}
