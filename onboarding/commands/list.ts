import type { Command } from 'commander';
import { type AppClient, listAppClients, readAppClient } from '../cognito/app-client';
import { examples } from '../help';
import type { RegisteredClient } from '../registry/client-registry';
import type { Session } from '../session';
import { table } from '../table';

/** `client list`: lists the clients of the user pool and of the registry. */
export function addList(program: Command, open: () => Promise<Session>): void {
  program
    .command('list')
    .summary('list the clients')
    .description(
      'Lists the app clients of the user pool with what the client registry has of them, and clients of the registry that have no app client. With --json this is an export without secrets.',
    )
    .addHelpText('after', examples('list', 'list --json'))
    .action(async () => {
      await list(await open());
    });
}

async function list(session: Session): Promise<void> {
  const registered = new Map((await session.registry.list()).map((client) => [client.id, client]));
  const clients: (AppClient & { readonly registered: RegisteredClient | null })[] = [];
  for (const { id } of await listAppClients(session)) {
    clients.push({ ...(await readAppClient(session, id)), registered: registered.get(id) ?? null });
    registered.delete(id);
  }
  const withoutAppClient = [...registered.values()];

  const rows = [
    ['NAME', 'CLIENT ID', 'STATUS', 'FLOWS', 'SCOPES'],
    ...clients.map((client) => [
      client.clientName,
      client.clientId,
      describeStatus(client, client.registered),
      client.flows.join(' '),
      client.scopes.join(' '),
    ]),
    ...withoutAppClient.map(({ id, name }) => [name, id, 'has no app client', '', '']),
  ];
  session.terminal.print({ clients, withoutAppClient }, table(rows));
}

/** Describes whether a client gets tokens, and whether the API accepts them. */
export function describeStatus(
  { getsTokens }: Pick<AppClient, 'getsTokens'>,
  registered: Pick<RegisteredClient, 'enabled'> | null | undefined,
): string {
  if (!registered) return 'not in the registry';
  if (registered.enabled) return getsTokens ? 'enabled' : 'gets no tokens';
  return getsTokens ? 'disabled, but gets tokens' : 'disabled';
}
