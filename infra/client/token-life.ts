import type { AppClient } from './app-client';
import type { Session } from './session';
import { describeDuration, table } from './table';

/**
 * Prints that a client gets no more tokens, and how long those last that it has: nothing calls a token back, so until
 * they expire only the API's list keeps it out.
 *
 * @param how what was done to the client: `disabled`, `deleted`
 */
export function printShutOut(
  { terminal }: Session,
  { clientId, clientName, accessTokenValiditySeconds }: AppClient,
  how: string,
): void {
  const tokensExpireBy = new Date(Date.now() + accessTokenValiditySeconds * 1000).toISOString();
  terminal.print(
    { clientId, clientName, accessTokenValiditySeconds, tokensExpireBy },
    table([
      [how, clientName],
      ['new tokens', 'none from now on'],
      [
        'issued tokens',
        `live up to ${describeDuration(accessTokenValiditySeconds)}, until ${tokensExpireBy} at the latest`,
      ],
    ]),
  );
}

/** What is said where the tasks are not replaced. */
export const STILL_ACCEPTED = 'Tasks that run now accept tokens already issued';
