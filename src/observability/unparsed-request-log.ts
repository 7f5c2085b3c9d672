import type { Logger } from 'pino';

/** A request whose head could not be parsed. */
export interface UnparsedRequest {
  readonly requestId: string;
  readonly status: number;
  /** Why: the code of the problem that it was answered with. */
  readonly reason: string;
  readonly ip: string | undefined;
}

/** After a line, what comes within this time is summed up in one line. */
const SUMMED_UP_MS = 1_000;
/** At most so many addresses are in such a line. */
const MAX_ADDRESSES = 10;

interface Sum {
  readonly reasons: Map<string, number>;
  readonly ips: Set<string>;
}

/**
 * Logs requests whose head could not be parsed, a line a second at most: the first with all that is known of it, and those of
 * the second after a line as numbers. Anyone can send them, at a rate that would fill a disk.
 */
export class UnparsedRequestLog {
  readonly #log: Pick<Logger, 'info'>;
  /** Those since the last line; `undefined` where that is longer than a second ago. */
  #sum: Sum | undefined;

  constructor(log: Pick<Logger, 'info'>) {
    this.#log = log;
  }

  write(request: UnparsedRequest): void {
    if (this.#sum) return add(this.#sum, request);
    this.#log.info(request, 'request not parsed');
    this.#beginSum();
  }

  #beginSum(): void {
    const sum: Sum = { reasons: new Map(), ips: new Set() };
    this.#sum = sum;
    setTimeout(() => {
      this.#sum = undefined;
      if (sum.reasons.size === 0) return;
      const reasons = Object.fromEntries(sum.reasons);
      this.#log.info({ reasons, ips: [...sum.ips] }, 'more requests not parsed');
      this.#beginSum();
    }, SUMMED_UP_MS).unref();
  }
}

function add({ reasons, ips }: Sum, { reason, ip }: UnparsedRequest): void {
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  if (ip !== undefined && ips.size < MAX_ADDRESSES) ips.add(ip);
}
