import type { AuthObserver, Explain } from '../auth/auth-observer';
import type { DatabaseObserver } from '../database/database-observer';
import type { Metrics } from './metrics';
import type { RequestTrace } from './tracing';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express's types are extended this way
  namespace Express {
    interface Request {
      /** Set before anything else is done with the request. */
      observer: RequestObserver;
    }
  }
}

/** What the database did for a request. */
export interface DatabaseUse {
  /** Time that the request waited for connections. */
  waitMs: number;
  /** Time that its statements took. */
  statementsMs: number;
  statements: number;
}

/** Follows one request through authentication and the database, for its log line and the metrics. */
export class RequestObserver implements AuthObserver, DatabaseObserver {
  readonly explain: Explain | undefined;
  /** `undefined` where the request is not traced. */
  readonly trace: RequestTrace | undefined;
  readonly #metrics: Metrics;
  /** `undefined` until the request needs the database. */
  #databaseUse: DatabaseUse | undefined;

  /** @param explain logs the steps of a decision, where they are asked for */
  constructor(metrics: Metrics, explain: Explain | undefined, trace?: RequestTrace) {
    this.trace = trace;
    this.#metrics = metrics;
    this.explain = explain;
  }

  get databaseUse(): DatabaseUse | undefined {
    return this.#databaseUse;
  }

  verifiedToken(from: number, to: number): void {
    this.explain?.('token verified', { ms: to - from });
    this.trace?.add({ name: 'verify token', from, to });
  }

  waitedForJwks(from: number, to: number): void {
    this.explain?.('waited for the JWKS', { ms: to - from });
    this.trace?.add({ name: 'fetch JWKS', from, to, isRemote: true });
  }

  waitedForConnection(from: number, to: number, error?: unknown): void {
    const use = (this.#databaseUse ??= { waitMs: 0, statementsMs: 0, statements: 0 });
    use.waitMs += to - from;
    this.#metrics.countDatabaseWait(to - from);
    this.trace?.add({ name: 'wait for connection', from, to, error });
  }

  ranStatement(text: string, from: number, to: number, error?: unknown): void {
    const use = (this.#databaseUse ??= { waitMs: 0, statementsMs: 0, statements: 0 });
    use.statementsMs += to - from;
    use.statements += 1;
    this.#metrics.countStatement(to - from);
    this.explain?.('statement run', { statement: text, ms: to - from, failed: error !== undefined });
    if (!this.trace) return;
    const operation = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? 'SQL';
    const attributes = {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      'db.query.text': text,
    };
    this.trace.add({ name: operation, from, to, attributes, isRemote: true, error });
  }
}
