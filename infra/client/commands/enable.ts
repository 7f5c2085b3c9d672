import type { Command } from 'commander';
import { findAppClient, setOAuthEnabled } from '../app-client';
import { addClientId } from '../client-ids';
import { Failure } from '../failure';
import { examples } from '../help';
import { rollIfAsked, withRoll } from '../rollout';
import type { Session } from '../session';
import { table } from '../table';

/** `client enable`: takes `disable` back, and lets in a client that was made by other means. */
export function addEnable(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('enable')
    .summary('let a client in')
    .description(
      'Puts a client on the list of clients that the API lets in, and has Cognito issue tokens to it. May be run again, with --roll too.',
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
    throw new Failure(
      `${clientName} has no flows or no scopes, so Cognito would issue it nothing: give it both in the console, or make another with \`client create\`.`,
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
  await rollIfAsked(session, roll, 'Tasks that run now may not know the client yet');
}
