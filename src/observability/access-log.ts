import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Request } from 'express';
import type { Logger } from 'pino';
import type { Explain } from '../auth/auth-observer';
import type { ErrorDetails } from '../auth/http-error';
// `admittedClient` of requests.
import type {} from '../clients/admitted-client';
import { maskedPath } from '../http/masked-path';
import type { Metrics } from './metrics';
import { RequestObserver } from './request-observer';
import { traceparentOf } from './trace-context';
import type { Tracing } from './tracing';

declare module 'net' {
  interface Socket {
    /** Bytes of the requests that were logged already. */
    countedBytes?: { in: number; out: number };
  }
}

/**
 * A request, and how it was answered, as the log and the metrics show it.
 *
 * It holds no query, no body, no value of a parameter and no header but ids of a fixed form: all of these may hold secrets.
 * Everything that the caller chose is bounded.
 */
export interface AccessLogEntry extends ErrorDetails {
  readonly requestId: string;
  /** The caller's own `X-Request-Id`, where it is 1 to 64 characters of `[A-Za-z0-9._-]`. */
  readonly callerRequestId: string | undefined;
  /** Of its trace, where it is traced; else that of the caller's `traceparent`. */
  readonly traceId: string | undefined;
  readonly method: string;
  /** The path as it was declared, with its parameters' names; `undefined` where none matched, or none was looked for. */
  readonly route: string | undefined;
  /** The path of the request, where the answer is 404 or 405; see {@link maskedPath}. */
  readonly path: string | undefined;
  /** `undefined`: the caller went away before the answer was written. */
  readonly status: number | undefined;
  /** To the microsecond. */
  readonly durationMs: number;
  /** Time that a slow request waited for database connections. */
  readonly databaseWaitMs: number | undefined;
  /** Time that the statements of a slow request took. */
  readonly databaseMs: number | undefined;
  /** How many statements a slow request ran. */
  readonly statements: number | undefined;
  /** Of a valid token, also where the client is refused. */
  readonly clientId: string | undefined;
  /** As the operator named the client. */
  readonly clientName: string | undefined;
  /** The reason code of a refusal. */
  readonly reason: string | undefined;
  /** `undefined`: what was forwarded as the caller's address is none. */
  readonly ip: string | undefined;
  /** Bytes of the request that have come, head included. With pipelined requests, those of later ones may be counted too. */
  readonly bytesIn: number;
  /** Bytes of the answer that were sent, head included. */
  readonly bytesOut: number;
}

/** Root of the trace that the load balancer passes on, or began. */
const TRACE_ROOT = /(?:^|;)Root=(1-[\da-f]{8}-[\da-f]{24})(?:;|$)/i;
const CALLER_REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** A request that takes as long is logged with what the database had of it. */
const SLOW_MS = 500;

/** What {@link accessLog} needs. */
export interface AccessLogOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** `undefined`: no request is traced. */
  readonly tracing: Tracing | undefined;
  /** Declared paths whose requests are logged at level debug, unless they are refused. */
  readonly quiet: readonly string[];
}

/**
 * What is done to a request first, whatever becomes of it: when its answer has been handed over or its caller is gone, it is
 * logged and counted.
 *
 * Sets the request id: that of the trace (`X-Amzn-Trace-Id`), else a new one. It comes back as `X-Request-Id`, and is on
 * every line of `req.log` (see `defineRequestLog`). Sets `req.observer`, which explains decisions at level debug.
 */
export function accessLog({ log: logger, metrics, tracing, quiet }: AccessLogOptions): RequestListener {
  const explainFor =
    (requestId: string): Explain =>
    (step, details) =>
      logger.debug({ requestId, ...details }, step);

  function write(req: Request, res: ServerResponse, startedAt: number): void {
    const now = performance.now();
    const entry = entryOf(req, res, now - startedAt);
    metrics.end(entry, req.admittedClient !== undefined);
    const { route, status, reason } = entry;
    const isQuiet = route !== undefined && reason === undefined && quiet.includes(route);
    const level = isQuiet ? 'debug' : status !== undefined && status >= 500 ? 'error' : 'info';
    req.observer.trace?.end(entry, now);
    logger[level](entry, status === undefined ? 'request aborted' : 'request completed');
  }

  return (message, res) => {
    const startedAt = performance.now();
    const req = message as Request;
    const id = requestId(req);
    req.id = id;
    res.setHeader('X-Request-Id', id);
    req.observer = new RequestObserver(
      metrics,
      logger.isLevelEnabled('debug') ? explainFor(id) : undefined,
      tracing?.begin(req, startedAt),
    );
    rememberAddress(req);
    metrics.begin();
    res.once('close', () => write(req, res, startedAt));
  };
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

function callerRequestId({ headers }: IncomingMessage): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && CALLER_REQUEST_ID.test(id) ? id : undefined;
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

/** The path of a request target, RFC 9112 §3.2: without scheme and authority, query and fragment. */
function pathOf(target: string): string {
  return target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*/s, '');
}

function entryOf(req: Request, res: ServerResponse, milliseconds: number): AccessLogEntry {
  const { socket } = req;
  // What is written to a destroyed socket counts as written.
  const status = res.writableFinished && !socket.destroyed ? res.statusCode : undefined;
  const counted = (socket.countedBytes ??= { in: 0, out: 0 });
  const { bytesRead, bytesWritten } = socket;
  const bytesIn = bytesRead - counted.in;
  const bytesOut = bytesWritten - counted.out;
  counted.in = bytesRead;
  counted.out = bytesWritten;
  const database = milliseconds >= SLOW_MS ? req.observer.databaseUse : undefined;
  const details = req.failureDetails;
  return {
    requestId: req.id as string,
    callerRequestId: callerRequestId(req),
    traceId: req.observer.trace?.traceId ?? traceparentOf(req.headers)?.traceId,
    method: req.method,
    route: (req.route as { readonly path: string } | undefined)?.path,
    path: status === 404 || status === 405 ? maskedPath(pathOf(req.originalUrl)) : undefined,
    status,
    durationMs: rounded(milliseconds),
    databaseWaitMs: database && rounded(database.waitMs),
    databaseMs: database && rounded(database.statementsMs),
    statements: database?.statements,
    clientId: req.clientId ?? details?.clientId,
    clientName: req.admittedClient?.name ?? details?.clientName,
    reason: req.failureReason,
    errors: details?.errors,
    tokenIss: details?.tokenIss,
    tokenKid: details?.tokenKid,
    bytesIn,
    bytesOut,
    ip: addressOf(req.ip ?? ''),
  };
}

/** To the microsecond. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
