import type { Command } from 'commander';
import { type AppClient, listAppClients, readAppClient } from '../cognito/app-client';
import { readClientIds } from '../client-ids';
import { examples } from '../help';
import type { Session } from '../session';
import { table } from '../table';

/** `client list`: lists the app clients of the pool, and which of them may call the API. */
export function addList(program: Command, open: () => Promise<Session>): void {
  program
    .command('list')
    .summary('list the app clients')
    .description(
      'Lists the app clients of the user pool, and ids on the list of allowed clients that belong to no client.',
    )
    .addHelpText('after', examples('list', 'list --json'))
    .action(async () => {
      await list(await open());
    });
}

async function list(session: Session): Promise<void> {
  const allowed = await readClientIds(session);
  const clients: (AppClient & { inClientList: boolean })[] = [];
  for (const { id } of await listAppClients(session))
    clients.push({ ...(await readAppClient(session, id)), inClientList: allowed.includes(id) });
  const unknownClientIds = allowed.filter((id) => !clients.some(({ clientId }) => clientId === id));

  const rows = [
    ['NAME', 'CLIENT ID', 'STATUS', 'FLOWS', 'SCOPES'],
    ...clients.map((client) => [
      client.clientName,
      client.clientId,
      describeStatus(client),
      client.flows.join(' '),
      client.scopes.join(' '),
    ]),
    ...unknownClientIds.map((id) => ['', id, 'on the list, but no client', '', '']),
  ];
  session.terminal.print({ clients, unknownClientIds }, table(rows));
}

/** Describes whether a client gets tokens, and whether the API accepts them. */
export function describeStatus({
  oauthEnabled,
  inClientList,
}: Pick<AppClient, 'oauthEnabled'> & { readonly inClientList: boolean }): string {
  if (oauthEnabled) return inClientList ? 'enabled' : "not on the API's list";
  return inClientList ? 'gets no tokens' : 'disabled';
}
