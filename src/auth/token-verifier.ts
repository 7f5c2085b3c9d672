import { LRUCache } from 'lru-cache';
import { type AcceptedTokens, createAccessTokenVerifier } from './access-token-verifier';
import type { AuthObserver, Explain } from './auth-observer';
import { assertB64Token } from './bearer-token';
import type { Caller } from './caller';
import { InvalidTokenError, type KeysUnavailableError, UnknownKidError } from './errors';
import type { VerificationKeys } from './jwks';
import type { JwksClient } from './jwks-client';
import { VerifiedTokenCache } from './verified-token-cache';

const MAX_FORGED_TOKENS = 1_000;
const MAX_FORGED_CHARACTERS = 1024 * 1024;

/** Decides whether a token is a valid access token of the user pool. It checks neither scopes nor the app client. */
export class TokenVerifier {
  readonly #jwksClient: JwksClient;
  readonly #accepted: AcceptedTokens;
  readonly #verified = new VerifiedTokenCache();
  /** Tokens with a forged signature: a caller that sends one again and again costs no more than one that sends none. */
  readonly #forged = new LRUCache<string, true>({
    max: MAX_FORGED_TOKENS,
    maxSize: MAX_FORGED_CHARACTERS,
    sizeCalculation: (_, token) => token.length,
  });
  #keys: VerificationKeys | undefined;
  /** Belongs to {@link #keys}; set by {@link #useKeys}. */
  #verifyAccessToken!: (token: string, explain?: Explain) => Caller;
  #cacheHits = 0;
  #cacheMisses = 0;

  constructor(jwksClient: JwksClient, accepted: AcceptedTokens) {
    this.#jwksClient = jwksClient;
    this.#accepted = accepted;
  }

  /** How many tokens were known to be good already, and how many had to be verified. */
  get cacheUse(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#cacheHits, misses: this.#cacheMisses };
  }

  /**
   * The caller of a token. A promise only where the token's `kid` is unknown, for the fetch that may bring its key.
   *
   * A result is remembered for a minute at most, from the token's second time on, while the keys stay the same. Expiry is
   * checked every time.
   *
   * @param observer follows how it is judged
   * @throws InvalidTokenError, InvalidRequestError if the text is no token, or KeysUnavailableError if it cannot be verified
   *   now; or the promise rejects with one
   */
  verify(token: string, observer?: AuthObserver): Caller | Promise<Caller> {
    try {
      return this.#verifyNow(token, observer);
    } catch (error) {
      if (error instanceof UnknownKidError) return this.#verifyAfterFetch(token, error, observer);
      throw error;
    }
  }

  async #verifyAfterFetch(
    token: string,
    { kid, details }: UnknownKidError,
    observer?: AuthObserver,
  ): Promise<Caller> {
    const from = performance.now();
    try {
      await this.#jwksClient.fetchFor(kid);
    } catch (error) {
      (error as KeysUnavailableError).details = details;
      throw error;
    } finally {
      observer?.waitedForJwks(from, performance.now());
    }
    return this.#verifyNow(token, observer);
  }

  #verifyNow(token: string, observer?: AuthObserver): Caller {
    this.#useKeys(this.#jwksClient.getKeys());
    const known = this.#verified.get(token);
    if (known) this.#cacheHits += 1;
    const caller = known ?? this.#verifySignature(token, observer);
    if (Date.now() >= caller.expiresAt * 1000)
      throw new InvalidTokenError('token_expired', { clientId: caller.clientId });
    observer?.explain?.('token accepted', {
      remembered: known !== undefined,
      clientId: caller.clientId,
      scopes: [...caller.scopes],
      issuedAt: caller.issuedAt,
      expiresAt: caller.expiresAt,
    });
    if (!known) this.#verified.add(token, caller);
    return caller;
  }

  /** Other keys mean another verifier and empty caches, so that no token outlives the key that signed it. */
  #useKeys(keys: VerificationKeys): void {
    if (keys === this.#keys) return;
    this.#keys = keys;
    this.#verifyAccessToken = createAccessTokenVerifier(this.#accepted, keys);
    this.#verified.clear();
    this.#forged.clear();
  }

  #verifySignature(token: string, observer?: AuthObserver): Caller {
    if (this.#forged.get(token)) throw new InvalidTokenError('invalid_signature');
    assertB64Token(token);
    this.#cacheMisses += 1;
    const from = performance.now();
    try {
      return this.#verifyAccessToken(token, observer?.explain);
    } catch (error) {
      if (error instanceof InvalidTokenError && error.reason === 'invalid_signature')
        this.#forged.set(token, true);
      throw error;
    } finally {
      observer?.verifiedToken(from, performance.now());
    }
  }
}
