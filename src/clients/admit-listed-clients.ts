import type { Caller } from '../auth/caller';
import { InvalidTokenError } from '../auth/errors';

/**
 * Admits the clients of a list that never changes.
 *
 * @returns a function that throws InvalidTokenError `client_not_allowed` for the caller of any other client
 */
export function admitListedClients(clientIds: readonly string[]): (caller: Caller) => void {
  const listed = new Set(clientIds);
  return ({ clientId }) => {
    if (!listed.has(clientId)) throw new InvalidTokenError('client_not_allowed');
  };
}
