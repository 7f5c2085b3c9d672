import type { Command } from 'commander';
import { listSecrets, readAppClientIfAny } from '../cognito/app-client';
import { findClient } from '../find-client';
import { examples } from '../help';
import type { Session } from '../session';
import { describeDuration, table } from '../table';
import { describeLimits } from './limits';
import { describeStatus } from './list';

/** `client show`: shows one client and the ages of its secrets. */
export function addShow(program: Command, open: () => Promise<Session>): void {
  program
    .command('show')
    .summary('show one client')
    .description(
      'Shows what the user pool and the client registry have of a client, and the ages of its secrets, never a secret.',
    )
    .argument('<client>', 'its name or id')
    .addHelpText('after', examples('show acme', 'show acme --json'))
    .action(async (idOrName: string) => {
      await show(await open(), idOrName);
    });
}

async function show(session: Session, idOrName: string): Promise<void> {
  const { id, name, registered } = await findClient(session, idOrName);
  const client = await readAppClientIfAny(session, id);
  const secrets = client?.hasSecret ? await listSecrets(session, id) : [];
  session.terminal.print(
    { clientId: id, clientName: name, ...client, secrets, registered: registered ?? null },
    table([
      ['client', name],
      ['client id', id],
      ['status', client ? describeStatus(client, registered) : 'has no app client'],
      ...(registered
        ? [
            ['in force', `on ${registered.inForce.confirmed} of ${registered.inForce.tasks} tasks`],
            ['limits', describeLimits(registered.limits)],
            ['tokens', registered.tokensValidFrom ? `issued after ${registered.tokensValidFrom}` : 'all'],
          ]
        : []),
      ...(client
        ? [
            ['flows', client.flows.join(' ')],
            ['scopes', client.scopes.join(' ')],
            ['token lifetime', describeDuration(client.accessTokenValiditySeconds)],
            ...secrets.map((secret) => ['secret', `${secret.id}, created ${secret.createdAt}`]),
            ['created', client.createdAt],
            ['modified', client.lastModifiedAt],
          ]
        : []),
    ]),
  );
}
