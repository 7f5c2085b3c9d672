import { ExpiringStore } from '../store/expiring-store';
import type { Store } from '../store/store';

/** What an authorization code stands for: the sign-in, and everything that the token request must match. */
export interface AuthorizationCode {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string | undefined;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly authTime: number;
  readonly nonce: string | undefined;
  readonly resource: string | undefined;
}

export type AuthorizationCodes = ExpiringStore<AuthorizationCode>;

/** Authorization codes of all user pools, each valid for five minutes. */
export function createAuthorizationCodes(store: Store): AuthorizationCodes {
  return new ExpiringStore(300, () => store.now());
}
