import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { AccessLogEntry } from './access-log';
import { ClientLabels, OTHER_CLIENTS } from './client-labels';
import { Histogram } from './histogram';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const REQUEST_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const DATABASE_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const OTHER_METHODS = 'other';

/** A number that another part of the service keeps, read when the metrics are asked for. */
export interface Reading {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  /** `undefined`: it is not known yet. */
  readonly read: () => number | undefined;
}

/** Requests of a client, by the status of their answers. */
class ClientRequests {
  name: string;
  readonly byStatus = new Map<number | undefined, number>();

  constructor(name: string) {
    this.name = name;
  }
}

type DurationsByStatus = Map<number | undefined, Histogram>;

/**
 * The metrics of one service, in Prometheus' form, with those of the process. Labels are bounded: no path as it was
 * called, no text of a caller, and only clients that were admitted.
 *
 * What is counted with every request is kept in plain numbers, and becomes text when the metrics are asked for.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #durations = new Map<string, Map<string, DurationsByStatus>>();
  readonly #refusals = new Map<string, number>();
  readonly #unparsed = new Map<string, number>();
  readonly #clientLabels = new ClientLabels();
  readonly #clients = new Map<string, ClientRequests>();
  #inFlight = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  readonly #databaseWaits = new Histogram(DATABASE_BOUNDS);
  readonly #statements = new Histogram(DATABASE_BOUNDS);

  /** @param version of the service, for `build_info` */
  constructor(version: string, readings: readonly Reading[]) {
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'build_info',
      help: 'Always 1; the labels show what runs',
      labelNames: ['version', 'node'],
      registers: [this.#registry],
    }).set({ version, node: process.version }, 1);
    for (const reading of readings) this.#add(reading);
  }

  /** Counts a request whose head has been read. {@link end} follows. */
  begin(): void {
    this.#inFlight += 1;
  }

  /**
   * Counts a request that is over.
   *
   * @param isAdmitted whether its client may call; no other client has series of its own
   */
  end(entry: AccessLogEntry, isAdmitted: boolean): void {
    const { method, route = 'none', status, durationMs, clientId, reason } = entry;
    this.#inFlight -= 1;
    this.#bytesIn += entry.bytesIn;
    this.#bytesOut += entry.bytesOut;
    const knownMethod = METHODS.includes(method) ? method : OTHER_METHODS;
    const ofRoute = getOrAdd(this.#durations, route, () => new Map<string, DurationsByStatus>());
    const ofMethod = getOrAdd(ofRoute, knownMethod, (): DurationsByStatus => new Map());
    getOrAdd(ofMethod, status, () => new Histogram(REQUEST_BOUNDS)).observe(durationMs / 1000);
    if (reason !== undefined) increment(this.#refusals, reason);
    if (isAdmitted && clientId !== undefined) this.#countClient(clientId, entry);
  }

  /** Counts a request whose head could not be parsed, by the code of its problem. */
  countUnparsed(reason: string): void {
    increment(this.#unparsed, reason);
  }

  /** Counts the time that a request had to wait for a database connection. */
  countDatabaseWait(milliseconds: number): void {
    this.#databaseWaits.observe(milliseconds / 1000);
  }

  /** Counts a statement. */
  countStatement(milliseconds: number): void {
    this.#statements.observe(milliseconds / 1000);
  }

  /** The text that a Prometheus server reads, and its content type. */
  async expose(): Promise<{ text: string; contentType: string }> {
    const text = (await this.#registry.metrics()) + this.#families().join('');
    return { text, contentType: this.#registry.contentType };
  }

  #countClient(id: string, { clientName, status }: AccessLogEntry): void {
    const label = this.#clientLabels.of(id);
    const client = getOrAdd(this.#clients, label, () => new ClientRequests(label));
    if (clientName !== undefined && label !== OTHER_CLIENTS) client.name = clientName;
    increment(client.byStatus, status);
  }

  #families(): string[] {
    return [
      family(
        'histogram',
        'http_request_duration_seconds',
        'Time from the head of a request to the end of its answer',
        (name) =>
          [...this.#durations].flatMap(([route, ofRoute]) =>
            [...ofRoute].flatMap(([method, ofMethod]) =>
              [...ofMethod].map(([status, histogram]) =>
                histogram.samples(name, labels({ method, route, status: status ?? 'aborted' })),
              ),
            ),
          ),
      ),
      family('gauge', 'http_requests_in_flight', 'Requests that are not over yet', (name) => [
        sample(name, {}, this.#inFlight),
      ]),
      family('counter', 'http_request_bytes_total', 'Bytes of requests, heads included', (name) => [
        sample(name, {}, this.#bytesIn),
      ]),
      family('counter', 'http_response_bytes_total', 'Bytes of answers, heads included', (name) => [
        sample(name, {}, this.#bytesOut),
      ]),
      family(
        'counter',
        'http_refusals_total',
        'Requests that were answered with a problem, by its reason code',
        (name) => [...this.#refusals].map(([reason, count]) => sample(name, { reason }, count)),
      ),
      family(
        'counter',
        'http_requests_unparsed_total',
        'Requests whose head could not be parsed, by reason; no other metric has them',
        (name) => [...this.#unparsed].map(([reason, count]) => sample(name, { reason }, count)),
      ),
      family(
        'counter',
        'http_requests_by_client_total',
        'Requests of admitted clients, by client and status',
        (name) =>
          [...this.#clients].flatMap(([id, client]) =>
            [...client.byStatus].map(([status, count]) =>
              sample(name, { client_id: id, client: client.name, status: status ?? 'aborted' }, count),
            ),
          ),
      ),
      family(
        'histogram',
        'database_wait_seconds',
        'Time that requests waited for a database connection',
        (name) => [this.#databaseWaits.samples(name, '')],
      ),
      family('histogram', 'database_statement_seconds', 'Time that statements of requests took', (name) => [
        this.#statements.samples(name, ''),
      ]),
    ];
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

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Samples under their heading, in Prometheus' text format. */
function family(
  type: string,
  name: string,
  help: string,
  samples: (name: string) => readonly string[],
): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples(name).join('')}`;
}

function sample(name: string, values: Readonly<Record<string, string | number>>, value: number): string {
  const text = labels(values);
  return `${name}${text === '' ? '' : `{${text}}`} ${value}\n`;
}

function labels(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escape(String(value))}"`)
    .join();
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
