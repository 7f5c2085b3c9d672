import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express's types are extended this way
  namespace Express {
    interface Request {
      /** The path as it was declared, with its parameters' names; `undefined` where none matched, or none was looked for. */
      routeTemplate?: string;
    }
  }
}

/**
 * A request, and how it was answered, as the log and the metrics tell it.
 *
 * It holds no header, no body, no query and no path as the caller wrote it: all of these may hold secrets.
 */
export interface Exchange {
  readonly method: string;
  readonly route: string | undefined;
  /** `undefined`: the caller went away before the answer was written. */
  readonly status: number | undefined;
  /** To the microsecond. */
  readonly durationMs: number;
  readonly clientId: string | undefined;
  /** The reason code of a refusal. */
  readonly reason: string | undefined;
  readonly ip: string | undefined;
}

/** Tells the log and the metrics which declared path a request is for. */
export function routeTemplate(path: string): RequestHandler {
  return (req, _res, next) => {
    req.routeTemplate = path;
    next();
  };
}

/** Root of the trace that the load balancer passes on, or began. */
const TRACE_ROOT = /(?:^|;)Root=(1-[\da-f]{8}-[\da-f]{24})(?:;|$)/i;

/**
 * Writes a log line for every request and counts it, when its answer has been handed over or its caller is gone.
 *
 * Sets the request id: that of the trace (`X-Amzn-Trace-Id`), else a new one. It comes back as `X-Request-Id`, and stands
 * on every line of `req.log`.
 *
 * @param quiet paths whose requests are logged at level debug
 */
export function observeExchanges(
  logger: Logger,
  metrics: { count(exchange: Exchange): void },
  quiet: readonly string[],
): RequestHandler {
  const assignLogger = pinoHttp<Request>({
    logger,
    genReqId: requestId,
    // Its own line would cost three listeners, and come without a duration that the metrics could share.
    autoLogging: false,
    // The request's own logger, `req.log`, says of the request its id, and nothing else.
    customAttributeKeys: { req: 'requestId' },
    serializers: { requestId: ({ id }: Request) => id },
    wrapSerializers: false,
  });
  return (req, res, next) => {
    const start = performance.now();
    assignLogger(req, res);
    res.on('close', () => {
      const exchange = exchangeOf(req, res, performance.now() - start);
      metrics.count(exchange);
      const isQuiet = req.routeTemplate !== undefined && quiet.includes(req.routeTemplate);
      const level = isQuiet ? 'debug' : res.statusCode >= 500 ? 'error' : 'info';
      req.log[level](exchange, exchange.status === undefined ? 'request aborted' : 'request completed');
    });
    next();
  };
}

function requestId(req: IncomingMessage, res: ServerResponse): string {
  const trace = req.headers['x-amzn-trace-id'];
  const root = trace === undefined ? undefined : TRACE_ROOT.exec(String(trace))?.[1];
  const id = root ?? randomUUID();
  res.setHeader('X-Request-Id', id);
  return id;
}

function exchangeOf(req: Request, res: ServerResponse, milliseconds: number): Exchange {
  return {
    method: req.method,
    route: req.routeTemplate,
    status: res.writableFinished ? res.statusCode : undefined,
    durationMs: Math.round(milliseconds * 1000) / 1000,
    clientId: req.caller?.clientId,
    reason: req.refusal,
    ip: req.ip,
  };
}
