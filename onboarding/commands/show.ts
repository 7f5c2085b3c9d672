import type { Command } from 'commander';
import { findAppClient, listSecrets } from '../cognito/app-client';
import { readClientIds } from '../client-ids';
import { examples } from '../help';
import type { Session } from '../session';
import { describeDuration, table } from '../table';
import { describeStatus } from './list';

/** `client show`: shows one app client and the ages of its secrets. */
export function addShow(program: Command, open: () => Promise<Session>): void {
  program
    .command('show')
    .summary('show one app client')
    .description('Shows an app client and the ages of its secrets, never a secret.')
    .argument('<client>', 'its name or id')
    .addHelpText('after', examples('show acme', 'show acme --json'))
    .action(async (idOrName: string) => {
      await show(await open(), idOrName);
    });
}

async function show(session: Session, idOrName: string): Promise<void> {
  const client = await findAppClient(session, idOrName);
  const inClientList = (await readClientIds(session)).includes(client.clientId);
  const secrets = client.hasSecret ? await listSecrets(session, client.clientId) : [];
  const shown = { ...client, inClientList, secrets };
  session.terminal.print(
    shown,
    table([
      ['client', client.clientName],
      ['client id', client.clientId],
      ['status', describeStatus(shown)],
      ['flows', client.flows.join(' ')],
      ['scopes', client.scopes.join(' ')],
      ['token lifetime', describeDuration(client.accessTokenValiditySeconds)],
      ...secrets.map(({ id, createdAt }) => ['secret', `${id}, created ${createdAt}`]),
      ['created', client.createdAt],
      ['modified', client.lastModifiedAt],
    ]),
  );
}
