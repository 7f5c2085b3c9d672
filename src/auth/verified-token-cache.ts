import { LRUCache } from 'lru-cache';
import type { Caller } from './caller';
import { Doorkeeper } from './doorkeeper';

/** How long a verification counts, so that nothing verified once is trusted for long. */
const MAX_AGE_MS = 60_000;

const MAX_TOKENS = 10_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;
/** Characters of a signature's end that tokens are looked up by: 258 bits, which no two signatures share. */
const KEY_LENGTH = 43;

interface Entry {
  readonly token: string;
  readonly caller: Caller;
  /** Of the monotonic clock. */
  readonly verifiedAt: number;
}

/**
 * The callers of tokens whose signature and claims were found good less than a minute ago. Whether such a token has expired,
 * and whether its client is admitted, has to be checked each time.
 *
 * Bounded by number and size; the token used longest ago goes first. A look-up compares the whole token, but hashes its end
 * only: to hash all of its 900 characters would take 1.6 µs more.
 */
export class VerifiedTokenCache {
  readonly #entries = new LRUCache<string, Entry>({
    max: MAX_TOKENS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ token }) => token.length,
  });
  readonly #doorkeeper = new Doorkeeper();

  get(token: string): Caller | undefined {
    const entry = this.#entries.get(keyOf(token));
    return entry?.token === token && performance.now() - entry.verifiedAt < MAX_AGE_MS
      ? entry.caller
      : undefined;
  }

  /**
   * Keeps the caller of a token that was just verified, from the token's second time on.
   *
   * @param token with a verified signature, so that no caller can choose its last characters
   */
  add(token: string, caller: Caller): void {
    if (this.#doorkeeper.seenBefore(token))
      this.#entries.set(keyOf(token), { token, caller, verifiedAt: performance.now() });
  }

  clear(): void {
    this.#entries.clear();
  }
}

function keyOf(token: string): string {
  return token.slice(-KEY_LENGTH);
}
