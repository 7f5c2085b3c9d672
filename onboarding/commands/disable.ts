import type { Command } from 'commander';
import { findAppClient, setOAuthEnabled } from '../cognito/app-client';
import { removeClientId } from '../client-ids';
import { examples } from '../help';
import { rollIfAsked, withRoll } from '../rollout';
import type { Session } from '../session';
import { printTokenExpiry, STILL_ACCEPTED } from '../token/print-token-expiry';

/** `client disable`: refuses a client, until `enable`. */
export function addDisable(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('disable')
    .summary('refuse a client until it is enabled')
    .description(
      'Removes a client from the list of clients that may call the API, and has Cognito issue no more tokens to it. `enable` reverses both.',
    )
    .argument('<client>', 'its name or id');
  withRoll(command)
    .addHelpText('after', examples('disable acme', 'disable acme --roll'))
    .action(async (idOrName: string, { roll }: { readonly roll?: boolean }) => {
      await disable(await open(), idOrName, roll);
    });
}

async function disable(session: Session, idOrName: string, roll: boolean | undefined): Promise<void> {
  const client = await findAppClient(session, idOrName);
  await removeClientId(session, client.clientId);
  await setOAuthEnabled(session, client.clientId, false);
  printTokenExpiry(session, client, 'disabled');
  await rollIfAsked(session, roll, STILL_ACCEPTED);
}
