import type { AppClient } from '../cognito/app-client';
import type { Session } from '../session';
import { describeDuration, table } from '../table';

/**
 * Prints that a client gets no more tokens, and when those it has expire. Cognito cannot revoke them, so until then only
 * the API's list refuses the client.
 *
 * @param change what was done to the client: `disabled`, `deleted`
 */
export function printTokenExpiry(
  { terminal }: Session,
  { clientId, clientName, accessTokenValiditySeconds }: AppClient,
  change: string,
): void {
  const tokensExpireBy = new Date(Date.now() + accessTokenValiditySeconds * 1000).toISOString();
  terminal.print(
    { clientId, clientName, accessTokenValiditySeconds, tokensExpireBy },
    table([
      [change, clientName],
      ['new tokens', 'none from now on'],
      [
        'issued tokens',
        `valid for up to ${describeDuration(accessTokenValiditySeconds)}, until ${tokensExpireBy} at the latest`,
      ],
    ]),
  );
}

/** The note when the tasks are not replaced. */
export const STILL_ACCEPTED = 'Running tasks accept tokens already issued';
