/** Explains a step of a decision: what was done, and what it was based on. */
export type Explain = (step: string, details: Readonly<Record<string, unknown>>) => void;

/** Follows how the token of one request is judged. Times are those of `performance.now()`, in milliseconds. */
export interface AuthObserver {
  /** A token that was not remembered was verified, whatever the result. */
  verifiedToken(from: number, to: number): void;
  /** The request waited until the JWKS was fetched, or could not be. */
  waitedForJwks(from: number, to: number): void;
  /** `undefined` where explanations are not logged, which is the rule: they take longer than the decision. */
  readonly explain: Explain | undefined;
}
