import { rotatesRefreshTokens } from '../store/client';
import type { Client } from '../store/state';

/** Whether the client's tokens carry `origin_jti`, which traces a token to a revoked sign-in. */
export function hasOriginJti(client: Client): boolean {
  return client.enableTokenRevocation || rotatesRefreshTokens(client);
}
