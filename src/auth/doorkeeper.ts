/** A power of two. */
const SLOTS = 262_144;

/** After so many tokens all are forgotten, so that one which comes again much later counts as new. */
const FORGOTTEN_AFTER = 10_000;

/**
 * Knows which tokens came lately, without keeping them: a token that is used once, by whoever gets a new one for each
 * request, is to leave nothing behind that would have to be collected.
 *
 * It may forget a token early, where another takes its slot, and very rarely takes one for another.
 */
export class Doorkeeper {
  readonly #marks = new Int32Array(SLOTS);
  #tokens = 0;

  /**
   * Whether the token came lately; from now on it has.
   *
   * @param token whose signature is good, so that nobody can choose its last characters
   */
  seenBefore(token: string): boolean {
    const mark = markOf(token);
    const slot = mark & (SLOTS - 1);
    if (this.#marks[slot] === mark) return true;
    this.#tokens += 1;
    if (this.#tokens > FORGOTTEN_AFTER) {
      this.#marks.fill(0);
      this.#tokens = 1;
    }
    this.#marks[slot] = mark;
    return false;
  }
}

/** Of the end of the signature, which is as good as random. */
function markOf(token: string): number {
  let mark = 0;
  for (let i = token.length - 8; i < token.length; i += 1) mark = (mark * 31 + token.charCodeAt(i)) | 0;
  return mark;
}
