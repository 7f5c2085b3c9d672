import type { IncomingHttpHeaders } from 'node:http';

/** The trace that a request belongs to, as its caller says. */
export interface TraceContext {
  /** 32 hexadecimal digits in lower case. */
  readonly traceId: string;
  /** The caller's span: 16 hexadecimal digits. */
  readonly parentSpanId: string;
}

/** W3C Trace Context §3.2. A later version may have more fields; `ff` is none. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-[\da-f]{2}(?:$|-)/;

/** `Root` and `Parent` of the header that AWS's load balancers and X-Ray use. */
const ROOT = /(?:^|;)Root=1-([\da-f]{8})-([\da-f]{24})(?:;|$)/i;
const PARENT = /(?:^|;)Parent=(?!0{16})([\da-f]{16})(?:;|$)/i;

/**
 * The trace of a `traceparent`. Of version 00 nothing may follow the flags.
 *
 * @returns `undefined` where there is none, or none that is well-formed
 */
export function traceparentOf({ traceparent }: IncomingHttpHeaders): TraceContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const [, traceId, parentSpanId] = TRACEPARENT.exec(traceparent) ?? [];
  if (
    traceId === undefined ||
    parentSpanId === undefined ||
    (traceparent.startsWith('00') && traceparent.length !== 55)
  )
    return undefined;
  return { traceId, parentSpanId };
}

/**
 * The trace that a request continues: that of its `traceparent`, else of its `X-Amzn-Trace-Id`. A load balancer that begins a
 * trace makes no span of its own, so half of the trace id takes the place of one; it is a parent that no one exports.
 */
export function traceContextOf(headers: IncomingHttpHeaders): TraceContext | undefined {
  return traceparentOf(headers) ?? amazonTraceOf(headers);
}

function amazonTraceOf({ 'x-amzn-trace-id': header }: IncomingHttpHeaders): TraceContext | undefined {
  if (typeof header !== 'string') return undefined;
  const [, time, random] = ROOT.exec(header) ?? [];
  if (time === undefined || random === undefined) return undefined;
  const traceId = (time + random).toLowerCase();
  const parentSpanId = PARENT.exec(header)?.[1]?.toLowerCase() ?? traceId.slice(16);
  return /^0+$/.test(parentSpanId) ? undefined : { traceId, parentSpanId };
}
