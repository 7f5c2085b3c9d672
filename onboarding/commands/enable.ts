import type { Command } from 'commander';
import { type AppClient, readAppClientIfAny, setGetsTokens } from '../cognito/app-client';
import { CommandError } from '../command-error';
import { findClient } from '../find-client';
import { examples } from '../help';
import { assertInForce, describeInForce, waitUntilInForce } from '../registry/in-force';
import type { Session } from '../session';

/** `client enable`: reverses `disable`, or allows a client that was created by other means. */
export function addEnable(program: Command, open: () => Promise<Session>): void {
  program
    .command('enable')
    .summary('allow a client to call')
    .description(
      'Has Cognito issue tokens to a client, and enables it in the client registry, which it is added to if need be.',
    )
    .argument('<client>', 'its name or id')
    .addHelpText('after', examples('enable acme'))
    .action(async (idOrName: string) => {
      await enable(await open(), idOrName);
    });
}

async function enable(session: Session, idOrName: string): Promise<void> {
  const { id, name } = await findClient(session, idOrName);
  assertCanGetTokens(session, name, await readAppClientIfAny(session, id));
  // Last what admits it.
  await setGetsTokens(session, id, true);
  const since = performance.now();
  const registered = await session.registry.setEnabled(id, name, true);
  const inForce = await waitUntilInForce(session, registered, since);
  session.terminal.print(
    { clientId: id, clientName: name, enabled: true, inForce },
    `${describeInForce(`${name} may call`, inForce)}.`,
  );
  assertInForce(inForce, `${session.commandLine('enable', id)} waits again.`);
}

function assertCanGetTokens(session: Session, name: string, client: AppClient | undefined): void {
  if (!client)
    throw new CommandError(
      `${name} is in the client registry, but the user pool has no such app client: remove it with ${session.commandLine('delete', name)}`,
    );
  const { clientId, flows, scopes, hasSecret } = client;
  if (scopes.length === 0)
    throw new CommandError(
      `${name} has no scopes, so Cognito would issue it no tokens. Give it some: ${session.commandLine('scopes', clientId, '<scopes>')}`,
    );
  const hasFlow = session.deployment.tokenUrl === undefined ? hasSecret : flows.length > 0;
  if (!hasFlow)
    throw new CommandError(
      `${name} has no OAuth flows, so Cognito would issue it no tokens: add one in the console, or create another client with ${session.commandLine('create', '<name>', '--scopes', '<scopes>')}`,
    );
}
