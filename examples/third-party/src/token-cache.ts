/** A token as the token endpoint gives it. */
export interface GrantedToken {
  readonly accessToken: string;
  /** Its life in seconds. */
  readonly expiresIn: number;
}

/** The share of a token's life after which the next one is asked for. */
const RENEW_AFTER = 0.75;

interface KeptToken {
  readonly accessToken: string;
  /** By the cache's clock. */
  readonly renewAt: number;
}

/**
 * Keeps one access token for all calls of a process.
 *
 * - A token is replaced when three quarters of its life are over, so that none expires on its way.
 * - However many calls need a new token at once, the token endpoint is asked once.
 * - What failed is not kept: the next call asks again.
 */
export class TokenCache {
  readonly #request: () => Promise<GrantedToken>;
  readonly #now: () => number;
  #kept: KeptToken | undefined;
  #pending: Promise<KeptToken> | undefined;

  /**
   * @param request asks the token endpoint
   * @param now milliseconds of a clock that never goes back
   */
  constructor(request: () => Promise<GrantedToken>, now = () => performance.now()) {
    this.#request = request;
    this.#now = now;
  }

  /** A token that is good for a while. */
  async get(): Promise<string> {
    if (this.#kept && this.#now() < this.#kept.renewAt) return this.#kept.accessToken;
    this.#pending ??= this.#renew().finally(() => (this.#pending = undefined));
    return (await this.#pending).accessToken;
  }

  /**
   * Forgets a token that the API has refused, so that the next call gets another. A token that has been replaced
   * meanwhile is none of its business.
   */
  refused(accessToken: string): void {
    if (this.#kept?.accessToken === accessToken) this.#kept = undefined;
  }

  async #renew(): Promise<KeptToken> {
    // Its life began when the endpoint made it: not before this moment.
    const askedAt = this.#now();
    const { accessToken, expiresIn } = await this.#request();
    this.#kept = { accessToken, renewAt: askedAt + expiresIn * 1000 * RENEW_AFTER };
    return this.#kept;
  }
}
