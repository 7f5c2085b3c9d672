import type { User } from '../store/state';

/** What a user has signed in for, with one client. */
export interface SignIn {
  readonly user: User;
  readonly scopes: readonly string[];
  /** When the user gave the password: seconds since the epoch. */
  readonly authTime: number;
  /** Names the sign-in in all tokens that come of it. */
  readonly originJti: string;
  /** Ties an ID token to the client's own session: https://openid.net/specs/openid-connect-core-1_0.html#NonceNotes */
  readonly nonce?: string | undefined;
}
