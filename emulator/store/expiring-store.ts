import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** More are not kept: the ones that were not used for longest are forgotten first. */
const most = 10_000;

/**
 * Values that are handed out under names which nobody can guess (256 bits of chance), each for a limited time. They
 * are kept in memory only.
 */
export class Tickets<Value extends object> {
  readonly #kept = new LRUCache<string, { value: Value; expiresAt: number }>({ max: most });
  readonly #lifetimeSeconds: number;
  readonly #now: () => number;

  /** @param now Seconds since the epoch. */
  constructor(lifetimeSeconds: number, now: () => number) {
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#now = now;
  }

  /** Keeps a value, and returns its name. */
  issue(value: Value): string {
    const name = randomBytes(32).toString('base64url');
    this.#kept.set(name, { value, expiresAt: this.#now() + this.#lifetimeSeconds });
    return name;
  }

  find(name: string): Value | undefined {
    const ticket = this.#kept.get(name);
    return ticket && ticket.expiresAt > this.#now() ? ticket.value : undefined;
  }

  forget(name: string): void {
    this.#kept.delete(name);
  }
}
