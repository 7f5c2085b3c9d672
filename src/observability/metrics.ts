import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Exchange } from './access-log';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** A number that another part of the service keeps, read when the metrics are asked for. */
export interface Reading {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  /** `undefined`: there is nothing to tell yet. */
  readonly read: () => number | undefined;
}

/**
 * The metrics of one service, in Prometheus' form, with those of the process. Labels are bounded: no path as it was
 * called, no text of a caller.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.#registry],
  });
  readonly #refusals = new Counter({
    name: 'http_refusals_total',
    help: 'Requests that were answered with a problem, by its reason code',
    labelNames: ['reason'],
    registers: [this.#registry],
  });

  /** @param version of the service, for `build_info` */
  constructor(version: string, readings: readonly Reading[]) {
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'build_info',
      help: 'Always 1; the labels tell what runs',
      labelNames: ['version', 'node'],
      registers: [this.#registry],
    }).set({ version, node: process.version }, 1);
    for (const reading of readings) this.#add(reading);
  }

  /** Takes a request into account that is over. */
  count({ method, route = 'none', status, durationMs, reason }: Exchange): void {
    const labels = {
      method: METHODS.includes(method) ? method : 'other',
      route,
      status: status ?? 'aborted',
    };
    this.#duration.observe(labels, durationMs / 1000);
    if (reason !== undefined) this.#refusals.inc({ reason });
  }

  /** The text that a Prometheus server reads, and its content type. */
  async expose(): Promise<{ text: string; contentType: string }> {
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  #add({ type, name, help, read }: Reading): void {
    const options = { name, help, registers: [this.#registry] };
    if (type === 'gauge')
      new Gauge({
        ...options,
        collect() {
          const value = read();
          if (value !== undefined) this.set(value);
        },
      });
    else
      new Counter({
        ...options,
        collect() {
          this.reset();
          this.inc(read() ?? 0);
        },
      });
  }
}
