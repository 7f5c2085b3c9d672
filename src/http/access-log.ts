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
 * One log line per request, and the request id: that of the trace (`X-Amzn-Trace-Id`), else a new one. It comes back as
 * `X-Request-Id`.
 *
 * A line holds no header, no body, no query and no path as the caller wrote it: all of these may hold secrets.
 *
 * @param quiet paths whose requests are logged at level debug
 */
export function accessLog(logger: Logger, quiet: readonly string[]): RequestHandler {
  return pinoHttp<Request>({
    logger,
    genReqId: requestId,
    customLogLevel: (req, res) => {
      if (req.routeTemplate !== undefined && quiet.includes(req.routeTemplate)) return 'debug';
      return res.statusCode >= 500 ? 'error' : 'info';
    },
    // The request's own logger, `req.log`, says of the request its id, and nothing else.
    customAttributeKeys: { req: 'requestId', responseTime: 'durationMs' },
    serializers: { requestId: ({ id }: Request) => id },
    wrapSerializers: false,
    customSuccessObject: line,
    customErrorObject: (req, res, _error, measured) => line(req, res, measured as Measured),
    customErrorMessage: () => 'request completed',
  });
}

interface Measured {
  readonly durationMs: number;
}

function requestId(req: IncomingMessage, res: ServerResponse): string {
  const trace = req.headers['x-amzn-trace-id'];
  const root = trace === undefined ? undefined : TRACE_ROOT.exec(String(trace))?.[1];
  const id = root ?? randomUUID();
  res.setHeader('X-Request-Id', id);
  return id;
}

function line(req: Request, res: ServerResponse, { durationMs }: Measured) {
  return {
    method: req.method,
    route: req.routeTemplate,
    // A caller that went away got none.
    status: res.writableFinished ? res.statusCode : undefined,
    durationMs,
    clientId: req.caller?.clientId,
    reason: req.refusal,
    ip: req.ip,
  };
}
