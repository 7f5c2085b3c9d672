import type { IncomingMessage } from 'node:http';
import type { AccessLogEntry } from './access-log';

/** A part of the work for a request. Times are those of `performance.now()`, in milliseconds. */
export interface Step {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Attributes by the semantic conventions of OpenTelemetry. */
  readonly attributes?: Readonly<Record<string, string | number>>;
  /** Whether another server did it, and this one waited. */
  readonly isRemote?: boolean;
  /** Why it failed, if it did. */
  readonly error?: unknown;
}

/** The trace of one request. */
export interface RequestTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  add(step: Step): void;
  /** Ends it, once the request has been answered or given up. */
  end(entry: AccessLogEntry, at: number): void;
}

/** Traces requests and exports them. */
export interface Tracing {
  /** The trace of a request, if it is one of those that are traced: decided here, by our own random number alone. */
  begin(req: IncomingMessage, startedAt: number): RequestTrace | undefined;
  /** Traces what is done for no request. */
  add(step: Step): void;
  /** Exports what is left, for a second at most. */
  stop(): Promise<void>;
}
