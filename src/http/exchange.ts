import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

/**
 * A request, and how it was answered, as the log and the metrics tell it.
 *
 * It holds no header, no body, no query and no path as the caller wrote it: all of these may hold secrets.
 */
export interface Exchange {
  readonly method: string;
  /** The path as it was declared, with its parameters' names; `undefined` where none matched, or none was looked for. */
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

/** Root of the trace that the load balancer passes on, or began. */
const TRACE_ROOT = /(?:^|;)Root=(1-[\da-f]{8}-[\da-f]{24})(?:;|$)/i;

/**
 * What is done to a request first, so that a log line is written and the request counted when its answer has been handed
 * over or its caller is gone: at the end of that turn of the event loop, together with the others that ended in it. One by
 * one they would take several times as long, as each would find the code of the log and of the metrics out of the
 * processor's caches.
 *
 * Sets the request id: that of the trace (`X-Amzn-Trace-Id`), else a new one. It comes back as `X-Request-Id`, and stands
 * on every line of `req.log`.
 *
 * @param quiet declared paths whose requests are logged at level debug, unless they are refused
 */
export function observeExchanges(
  logger: Logger,
  metrics: { count(exchange: Exchange): void },
  quiet: readonly string[],
): (req: Request, res: Response) => void {
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
  let ended: { readonly exchange: Exchange; readonly log: Request['log'] }[] = [];
  const tell = (): void => {
    const told = ended;
    ended = [];
    for (const { exchange, log } of told) {
      const { route, status, reason } = exchange;
      metrics.count(exchange);
      const isQuiet = route !== undefined && reason === undefined && quiet.includes(route);
      const level = isQuiet ? 'debug' : status !== undefined && status >= 500 ? 'error' : 'info';
      log[level](exchange, status === undefined ? 'request aborted' : 'request completed');
    }
  };
  return (req, res) => {
    const start = performance.now();
    assignLogger(req, res);
    res.on('close', () => {
      const exchange = exchangeOf(req, res, performance.now() - start);
      if (ended.push({ exchange, log: req.log }) === 1) setImmediate(tell);
    });
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
    route: (req.route as { readonly path: string } | undefined)?.path,
    status: res.writableFinished ? res.statusCode : undefined,
    durationMs: Math.round(milliseconds * 1000) / 1000,
    clientId: req.caller?.clientId,
    reason: req.refusal,
    ip: req.ip,
  };
}
