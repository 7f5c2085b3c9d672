/**
 * Decides which requests are traced: a share of them, chosen by our own random number, and so many a second at most. What a
 * caller sends has no part in it, so that no caller can make each of its requests cost more.
 */
export class TraceSampler {
  readonly #ratio: number;
  readonly #maxPerSecond: number;
  #second = 0;
  #taken = 0;

  /**
   * @param ratio share of the requests, from 0 to 1
   * @param maxPerSecond traces that may begin in a second of the monotonic clock
   */
  constructor(ratio: number, maxPerSecond: number) {
    this.#ratio = ratio;
    this.#maxPerSecond = maxPerSecond;
  }

  /** @param now of `performance.now()` */
  isSampled(now: number): boolean {
    if (Math.random() >= this.#ratio) return false;
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    if (this.#taken >= this.#maxPerSecond) return false;
    this.#taken += 1;
    return true;
  }
}
