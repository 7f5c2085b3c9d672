/** How many tokens make a generation. Tokens that came within the last one to two generations are known. */
const GENERATION = 5_000;

/**
 * Knows which tokens came lately, without keeping them: a token that is used once, by whoever gets a new one for each
 * request, is to leave nothing behind that would have to be collected.
 */
export class Sightings {
  #newest = new Set<number>();
  #older = new Set<number>();

  /**
   * Whether the token came lately; from now on it has. Now and then a token is taken for another.
   *
   * @param token whose signature is good, so that nobody can choose its last characters
   */
  cameBefore(token: string): boolean {
    const mark = markOf(token);
    if (this.#newest.has(mark) || this.#older.has(mark)) return true;
    this.#newest.add(mark);
    if (this.#newest.size === GENERATION) {
      this.#older = this.#newest;
      this.#newest = new Set();
    }
    return false;
  }
}

/** Of the end of the signature, which is as good as random. */
function markOf(token: string): number {
  let mark = 0;
  for (let i = token.length - 8; i < token.length; i += 1) mark = (mark * 31 + token.charCodeAt(i)) | 0;
  return mark;
}
