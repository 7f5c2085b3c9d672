import type { Command } from 'commander';
import { findAppClient, setOAuthEnabled } from '../cognito/app-client';
import { addClientId } from '../client-ids';
import { CommandError } from '../command-error';
import { examples } from '../help';
import { rollIfAsked, withRoll } from '../rollout';
import type { Session } from '../session';
import { table } from '../table';

/** `client enable`: reverses `disable`, or allows a client that was created by other means. */
export function addEnable(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('enable')
    .summary('allow a client to call')
    .description(
      'Adds a client to the list of clients that may call the API, and has Cognito issue tokens to it. Can be repeated, with --roll too.',
    )
    .argument('<client>', 'its name or id');
  withRoll(command)
    .addHelpText('after', examples('enable acme', 'enable acme --roll'))
    .action(async (idOrName: string, { roll }: { readonly roll?: boolean }) => {
      await enable(await open(), idOrName, roll);
    });
}

async function enable(session: Session, idOrName: string, roll: boolean | undefined): Promise<void> {
  const { clientId, clientName, flows, scopes } = await findAppClient(session, idOrName);
  if (flows.length === 0 || scopes.length === 0) {
    throw new CommandError(
      `${clientName} has no flows or no scopes, so Cognito would issue it no tokens: add both in the console, or create another client with \`client create\`.`,
    );
  }
  await addClientId(session, clientId);
  await setOAuthEnabled(session, clientId, true);
  session.terminal.print(
    { clientId, clientName, scopes },
    table([
      ['enabled', clientName],
      ['scopes', scopes.join(' ')],
    ]),
  );
  await rollIfAsked(session, roll, 'Running tasks may not know the client yet');
}
