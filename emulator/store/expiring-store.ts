import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Beyond this number, the values that were not used for longest are removed first. */
const capacity = 10_000;

/** Values in memory under keys that cannot be guessed (256 random bits), each for a limited time. */
export class ExpiringStore<Value extends object> {
  readonly #entries = new LRUCache<string, { value: Value; expiresAt: number }>({ max: capacity });
  readonly #lifetimeSeconds: number;
  readonly #now: () => number;

  /** @param now Seconds since the epoch. */
  constructor(lifetimeSeconds: number, now: () => number) {
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#now = now;
  }

  /** @returns The new key of the value. */
  add(value: Value): string {
    const key = randomBytes(32).toString('base64url');
    this.#entries.set(key, { value, expiresAt: this.#now() + this.#lifetimeSeconds });
    return key;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAt > this.#now() ? entry.value : undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
