import { DeleteUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { findAppClient } from '../cognito/app-client';
import { removeClientId } from '../client-ids';
import { examples, withYes } from '../help';
import { rollIfAsked, withRoll } from '../rollout';
import type { Session } from '../session';
import { printTokenExpiry, STILL_ACCEPTED } from '../token/print-token-expiry';

interface Options {
  readonly yes: boolean;
  readonly roll?: boolean;
}

/** `client delete`: deletes an app client. */
export function addDelete(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('delete')
    .summary('delete an app client')
    .description(
      'Removes a client from the list of clients that may call the API, and deletes it with its secrets.',
    )
    .argument('<client>', 'its name or id');
  withRoll(withYes(command))
    .addHelpText('after', examples('delete acme', 'delete acme --yes --roll'))
    .action(async (idOrName: string, options: Options) => {
      await remove(await open(), idOrName, options);
    });
}

async function remove(session: Session, idOrName: string, { yes, roll }: Options): Promise<void> {
  const client = await findAppClient(session, idOrName);
  const { clientId, clientName } = client;
  await session.terminal.confirm(`Permanently delete the app client ${clientName} (${clientId})?`, yes);
  await removeClientId(session, clientId);
  const { userPoolId: UserPoolId } = session.deployment;
  await session.cognito.send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId: clientId }));
  printTokenExpiry(session, client, 'deleted');
  await rollIfAsked(session, roll, STILL_ACCEPTED);
}
