import { LRUCache } from 'lru-cache';
import type { Caller } from './caller';
import { type AcceptedTokens, createAccessTokenVerifier } from './access-token-verifier';
import { InvalidTokenError } from './errors';
import type { VerificationKeys } from './jwks';
import type { JwksClient } from './jwks-client';
import { Doorkeeper } from './doorkeeper';

/** How long a verified token is not verified again, so that nothing verified once is trusted for long. */
const REVERIFY_AFTER_MS = 60_000;

const CACHED_TOKENS = 10_000;
const CACHED_CHARACTERS = 16 * 1024 * 1024;
const FORGED_TOKENS = 1_000;
const FORGED_CHARACTERS = 1024 * 1024;

/** What a good access token is, and who may use one. */
export interface VerifierOptions extends AcceptedTokens {
  /** App clients that may call. */
  readonly clientIds: readonly string[];
}

/** A token's signature and claims were found good. Whether it may still be used is looked at every time. */
interface Verified {
  readonly caller: Caller;
  readonly keys: VerificationKeys;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Decides whether a token is a good access token of an allowed app client. Says nothing of scopes. */
export class TokenVerifier {
  readonly #accepted: AcceptedTokens;
  readonly #clientIds: ReadonlySet<string>;
  readonly #jwksClient: JwksClient;
  readonly #verified = new LRUCache<string, Verified>({
    max: CACHED_TOKENS,
    maxSize: CACHED_CHARACTERS,
    sizeCalculation: (_, token) => token.length,
  });
  readonly #forged = new LRUCache<string, true>({
    max: FORGED_TOKENS,
    maxSize: FORGED_CHARACTERS,
    sizeCalculation: (_, token) => token.length,
  });
  readonly #doorkeeper = new Doorkeeper();
  #keys: VerificationKeys | undefined;
  /** Made together with {@link #keys}, by {@link #useKeys}. */
  #callerOf!: (token: string) => Caller | undefined;
  #cacheHits = 0;
  #cacheMisses = 0;

  constructor(jwksClient: JwksClient, options: VerifierOptions) {
    this.#jwksClient = jwksClient;
    this.#accepted = options;
    this.#clientIds = new Set(options.clientIds);
  }

  /** How often a token was known to be good already, and how often not. */
  get cacheUse(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#cacheHits, misses: this.#cacheMisses };
  }

  /**
   * The caller of a token. A promise only where the token's `kid` is unknown, for the one fetch that may bring it.
   *
   * That a token was found good is remembered from its second time on, for a minute while the keys stay the same; expiry
   * and client are looked at every time.
   *
   * @throws InvalidTokenError, or KeysUnavailableError where the token cannot be judged; or the promise rejects so
   */
  verify(token: string): Caller | Promise<Caller> {
    const verified = this.#verified.get(token);
    const now = Date.now();
    const keys = this.#jwksClient.getKeys(now);
    if (verified && isFresh(verified, keys, now)) {
      this.#cacheHits += 1;
      return this.#admit(verified.caller, now);
    }
    return this.#verifyWithKeys(token, keys, now) ?? this.#verifyAfterRefetch(token);
  }

  async #verifyAfterRefetch(token: string): Promise<Caller> {
    await this.#jwksClient.refetch();
    const now = Date.now();
    const caller = this.#verifyWithKeys(token, this.#jwksClient.getKeys(now), now);
    if (caller) return caller;
    // The newest fetch failed: the kid may be that of a key that we could not get.
    throw this.#jwksClient.lastFetchFailed
      ? this.#jwksClient.unavailable(now)
      : new InvalidTokenError('unknown_kid');
  }

  /** `undefined`: the keys lack the one that the token names. */
  #verifyWithKeys(token: string, keys: VerificationKeys, now: number): Caller | undefined {
    this.#useKeys(keys);
    if (this.#forged.get(token)) throw new InvalidTokenError('invalid_signature');
    this.#cacheMisses += 1;
    const caller = this.#verifySignature(token);
    if (!caller) return undefined;
    this.#admit(caller, now);
    if (this.#doorkeeper.seenBefore(token)) this.#verified.set(token, { caller, keys, at: now });
    return caller;
  }

  /** Other keys mean another verifier and empty caches, so that nothing outlives the key that vouched for it. */
  #useKeys(keys: VerificationKeys): void {
    if (keys === this.#keys) return;
    this.#keys = keys;
    this.#callerOf = createAccessTokenVerifier(this.#accepted, keys);
    this.#verified.clear();
    this.#forged.clear();
  }

  /** Remembers a forged token, so that who sends one again and again costs no more than who sends none. */
  #verifySignature(token: string): Caller | undefined {
    try {
      return this.#callerOf(token);
    } catch (error) {
      if (error instanceof InvalidTokenError && error.reason === 'invalid_signature')
        this.#forged.set(token, true);
      throw error;
    }
  }

  #admit(caller: Caller, now: number): Caller {
    if (now >= caller.expiresAt * 1000) throw new InvalidTokenError('token_expired');
    if (!this.#clientIds.has(caller.clientId)) throw new InvalidTokenError('client_not_allowed');
    return caller;
  }
}

function isFresh({ keys, at }: Verified, currentKeys: VerificationKeys, now: number): boolean {
  // A clock that was set back makes an entry look younger than it is.
  return keys === currentKeys && now >= at && now - at < REVERIFY_AFTER_MS;
}
