import type { User } from '../store/state';

/** A user's sign-in with one client, and what was granted. */
export interface SignIn {
  readonly user: User;
  readonly scopes: readonly string[];
  /** When the user entered the password: seconds since the epoch. */
  readonly authTime: number;
  /** Identifies the sign-in in all its tokens. */
  readonly originJti: string;
  /** What the access token is bound to: https://www.rfc-editor.org/rfc/rfc8707 */
  readonly resource?: string | undefined;
  /** Binds an ID token to the client's own session: https://openid.net/specs/openid-connect-core-1_0.html#NonceNotes */
  readonly nonce?: string | undefined;
}
