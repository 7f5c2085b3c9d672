import type { Command } from 'commander';
import { describeError } from '../aws/describe-error';
import { setGetsTokens } from '../cognito/app-client';
import { CommandError } from '../command-error';
import { findClient } from '../find-client';
import { examples } from '../help';
import { assertInForce, describeInForce, waitUntilInForce } from '../registry/in-force';
import type { Session } from '../session';

/** `client disable`: refuses a client, until `enable`. */
export function addDisable(program: Command, open: () => Promise<Session>): void {
  program
    .command('disable')
    .summary('refuse a client until it is enabled')
    .description(
      'Disables a client in the client registry, so that every task refuses it within two seconds, and has Cognito issue no more tokens to it. `enable` reverses both.',
    )
    .argument('<client>', 'its name or id')
    .addHelpText('after', examples('disable acme'))
    .action(async (idOrName: string) => {
      await disable(await open(), idOrName);
    });
}

async function disable(session: Session, idOrName: string): Promise<void> {
  const { id, name } = await findClient(session, idOrName);
  const since = performance.now();
  // First what shuts it out, whatever Cognito answers.
  const registered = await session.registry.setEnabled(id, name, false);
  const [inForce, atCognito] = await Promise.all([
    waitUntilInForce(session, registered, since),
    setGetsTokens(session, id, false).then(() => undefined, describeError),
  ]);
  session.terminal.print(
    {
      clientId: id,
      clientName: name,
      enabled: false,
      inForce,
      getsTokens: atCognito === undefined ? false : null,
    },
    `${describeInForce(`${name} is refused`, inForce)}.`,
  );
  assertInForce(inForce, `${session.commandLine('disable', id)} waits again.`);
  if (atCognito !== undefined)
    throw new CommandError(
      `Cognito may go on issuing tokens to ${name}, which the API refuses. ${atCognito} ${session.commandLine('disable', id)} tries again.`,
    );
}
