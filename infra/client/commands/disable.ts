import type { Command } from 'commander';
import { findAppClient, setOAuthEnabled } from '../app-client';
import { removeClientId } from '../client-ids';
import { examples } from '../help';
import { rollIfAsked, withRoll } from '../rollout';
import type { Session } from '../session';
import { printShutOut, STILL_ACCEPTED } from '../token-life';

/** `client disable`: no more tokens, no more calls, until `enable`. */
export function addDisable(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('disable')
    .summary('keep a client out, until enable')
    .description(
      'Takes a client off the list of clients that the API lets in, and has Cognito issue no more tokens to it. `enable` takes both back.',
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
  printShutOut(session, client, 'disabled');
  await rollIfAsked(session, roll, STILL_ACCEPTED);
}
