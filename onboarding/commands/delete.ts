import { DeleteUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider';
import type { Command } from 'commander';
import { describeError } from '../aws/describe-error';
import { unlessMissing } from '../cognito/app-client';
import { CommandError } from '../command-error';
import { findClient } from '../find-client';
import { examples, withYes } from '../help';
import { assertInForce, describeInForce, waitUntilInForce } from '../registry/in-force';
import type { Session } from '../session';

/** `client delete`: deletes an app client. */
export function addDelete(program: Command, open: () => Promise<Session>): void {
  const command = program
    .command('delete')
    .summary('delete a client')
    .description(
      'Disables a client in the client registry, waits until every task refuses it, deletes its app client with its secrets, and then the client in the registry.',
    )
    .argument('<client>', 'its name or id');
  withYes(command)
    .addHelpText('after', examples('delete acme', 'delete acme --yes'))
    .action(async (idOrName: string, { yes }: { readonly yes: boolean }) => {
      await remove(await open(), idOrName, yes);
    });
}

async function remove(session: Session, idOrName: string, yes: boolean): Promise<void> {
  const { id, name } = await findClient(session, idOrName);
  const { cognito, registry, terminal, deployment } = session;
  await terminal.confirm(`Permanently delete the client ${name} (${id})?`, yes);
  const since = performance.now();
  const registered = await registry.setEnabled(id, name, false);
  const inForce = await waitUntilInForce(session, registered, since);
  assertInForce(inForce, `Nothing was deleted yet: ${session.commandLine('delete', id)} completes it.`);
  // The registry last: as long as it has the client, the same command finds it and completes this.
  const appClient = { UserPoolId: deployment.userPoolId, ClientId: id };
  try {
    await unlessMissing(cognito.send(new DeleteUserPoolClientCommand(appClient)));
    await registry.delete(id);
  } catch (error) {
    throw new CommandError(
      `${describeInForce(`${name} is refused`, inForce)}, but not deleted. ${describeError(error)} ${session.commandLine('delete', id)} completes it.`,
    );
  }
  terminal.print(
    { clientId: id, clientName: name, deleted: true, inForce },
    `${describeInForce(`${name} is refused`, inForce)}, and deleted.`,
  );
}
