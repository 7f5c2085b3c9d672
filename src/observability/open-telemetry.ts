import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import * as resources from '@opentelemetry/resources';
import * as sdk from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { AccessLogEntry } from './access-log';
import { traceContextOf } from './trace-context';
import { TraceSampler } from './trace-sampler';
import type { RequestTrace, Step, Tracing } from './tracing';

/** Traces that may begin in a second. */
const MAX_TRACES_PER_SECOND = 100;
/** Spans that wait to be exported; more are dropped. */
const MAX_WAITING = 2_048;
/** In so many parts at most. */
const BATCHES = 4;
const EXPORT_INTERVAL_MS = 1_000;
/** In which the collector must have taken a batch, repetitions included. */
const EXPORT_TIMEOUT_MS = 5_000;
const STOP_MS = 1_000;

/** Methods that are named; any other is `_OTHER`. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];

/** What {@link createTracing} needs. */
export interface TracingOptions {
  readonly config: NonNullable<Config['tracing']>;
  readonly version: string;
  /** Targets of requests that are never traced. */
  readonly quiet: readonly string[];
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Traces with the OpenTelemetry SDK, exported by OTLP over HTTP. Only this file imports the SDK, and it is loaded only
 * where traces are wanted. `OTEL_*` variables that the configuration does not name are read by the SDK itself.
 *
 * Spans are made when their work is over, with its times, so that nothing has to be kept in a context of asynchronous calls.
 */
export function createTracing({ config, version, quiet, log }: TracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${config.endpoint}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
    // Those that wait at a stop are sent together.
    concurrencyLimit: BATCHES,
  });
  const provider = new sdk.BasicTracerProvider({
    // Decided before a span is begun.
    sampler: new sdk.AlwaysOnSampler(),
    resource: resources
      .defaultResource()
      .merge(
        resources.resourceFromAttributes({ 'service.name': config.serviceName, 'service.version': version }),
      )
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [
      new sdk.BatchSpanProcessor(reporting(exporter, log), {
        maxQueueSize: MAX_WAITING,
        maxExportBatchSize: MAX_WAITING / BATCHES,
        scheduledDelayMillis: EXPORT_INTERVAL_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('cognito-resource-server', version);
  const sampler = new TraceSampler(config.ratio, MAX_TRACES_PER_SECOND);

  return {
    begin(req, startedAt) {
      if (!sampler.isSampled(startedAt) || quiet.includes(req.url ?? '')) return undefined;
      return new SampledRequest(tracer, req, startedAt);
    },
    add: (step) => addSpan(tracer, step, ROOT_CONTEXT),
    async stop() {
      const end = new AbortController();
      const stopped = provider.shutdown().catch(() => undefined);
      await Promise.race([stopped, delay(STOP_MS, undefined, { signal: end.signal }).catch(() => undefined)]);
      end.abort();
    },
  };
}

class SampledRequest implements RequestTrace {
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, req: IncomingMessage, startedAt: number) {
    this.#tracer = tracer;
    const parent = traceContextOf(req.headers);
    const context = parent
      ? trace.setSpanContext(ROOT_CONTEXT, {
          traceId: parent.traceId,
          spanId: parent.parentSpanId,
          traceFlags: TraceFlags.SAMPLED,
          isRemote: true,
        })
      : ROOT_CONTEXT;
    const options = { kind: SpanKind.SERVER, startTime: startedAt };
    this.#span = tracer.startSpan(methodOf(req), options, context);
    this.#context = trace.setSpan(ROOT_CONTEXT, this.#span);
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  add(step: Step): void {
    addSpan(this.#tracer, step, this.#context);
  }

  end({ method, route, path, status, reason, clientId, requestId }: AccessLogEntry, at: number): void {
    const span = this.#span;
    const isFailed = status === undefined || status >= 500;
    if (route !== undefined) span.updateName(`${methodOf({ method })} ${route}`);
    span.setAttributes({
      'http.request.method': methodOf({ method }),
      ...(route !== undefined && { 'http.route': route }),
      ...(path !== undefined && { 'url.path': path }),
      ...(status !== undefined && { 'http.response.status_code': status }),
      ...(isFailed && { 'error.type': reason ?? (status === undefined ? 'aborted' : String(status)) }),
      'app.request_id': requestId,
      ...(clientId !== undefined && { 'app.client_id': clientId }),
      ...(reason !== undefined && { 'app.reason': reason }),
    } satisfies Attributes);
    if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(at);
  }
}

function methodOf({ method = '' }: { readonly method?: string | undefined }): string {
  return METHODS.includes(method) ? method : '_OTHER';
}

function addSpan(
  tracer: Tracer,
  { name, from, to, attributes, isRemote, error }: Step,
  context: Context,
): void {
  const kind = isRemote ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const span = tracer.startSpan(name, { kind, startTime: from, ...(attributes && { attributes }) }, context);
  if (error !== undefined) {
    // Never its message: PostgreSQL's has values in it.
    span.setAttribute('error.type', typeOf(error)).setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(to);
}

/** Its code, as SQLSTATE, or its class. */
function typeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : typeof error;
}

/** Logs when exporting begins to fail, and when it works again. */
function reporting(exporter: sdk.SpanExporter, log: TracingOptions['log']): sdk.SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const hasFailed = result.error !== undefined;
        if (hasFailed && !isFailing) log.warn({ err: result.error }, 'traces not exported');
        if (!hasFailed && isFailing) log.info('traces exported again');
        isFailing = hasFailed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
