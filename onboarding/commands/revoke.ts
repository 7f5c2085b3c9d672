import type { Command } from 'commander';
import { assertRegistered, findClient, type FoundClient } from '../find-client';
import { examples } from '../help';
import type { RegisteredClient } from '../registry/client-registry';
import { assertInForce, describeInForce, type InForce, waitUntilInForce } from '../registry/in-force';
import type { Session } from '../session';

/** `client revoke`: refuses the tokens that a client has. */
export function addRevoke(program: Command, open: () => Promise<Session>): void {
  program
    .command('revoke')
    .summary('refuse the tokens that a client has')
    .description(
      'Revokes all tokens that were issued to a client so far, so that every task refuses them within two seconds. The client may get new ones; `disable` prevents that.',
    )
    .argument('<client>', 'its name or id')
    .addHelpText('after', examples('revoke acme'))
    .action(async (idOrName: string) => {
      await revoke(await open(), idOrName);
    });
}

async function revoke(session: Session, idOrName: string): Promise<void> {
  const found = await findClient(session, idOrName);
  const { registered, inForce } = await revokeTokens(session, found);
  const { id: clientId, name: clientName, tokensValidFrom } = registered;
  session.terminal.print(
    { clientId, clientName, tokensValidFrom, inForce },
    `${describeRevocation(registered, inForce)}.`,
  );
  assertRevoked(session, clientId, inForce);
}

/** Revokes the tokens of a client, and waits until every task refuses them. */
export async function revokeTokens(
  session: Session,
  found: FoundClient,
): Promise<{ readonly registered: RegisteredClient; readonly inForce: InForce }> {
  const since = performance.now();
  const registered = assertRegistered(session, found, await session.registry.revokeTokens(found.id));
  return { registered, inForce: await waitUntilInForce(session, registered, since) };
}

/** Describes which tokens are refused, and on how many tasks. */
export function describeRevocation({ name, tokensValidFrom }: RegisteredClient, inForce: InForce): string {
  return describeInForce(`Tokens issued to ${name} until ${String(tokensValidFrom)} are refused`, inForce);
}

/** @throws CommandError if some tasks do not refuse them yet */
export function assertRevoked(session: Session, clientId: string, inForce: InForce): void {
  assertInForce(inForce, `${session.commandLine('show', clientId)} shows how far it has come.`);
}
