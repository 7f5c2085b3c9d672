import { type Command, InvalidArgumentError } from 'commander';
import { listAppClients } from '../cognito/app-client';
import { findClient } from '../find-client';
import { examples } from '../help';
import type { ClientEvent } from '../registry/client-registry';
import type { Session } from '../session';
import { table } from '../table';

const DEFAULT_COUNT = 20;

/** `client events`: shows who changed a client. */
export function addEvents(program: Command, open: () => Promise<Session>): void {
  program
    .command('events')
    .summary('show who changed a client, and when')
    .description(
      'Shows the changes of a client in the client registry, the newest first; by its id also those of a client that was deleted.',
    )
    .argument('<client>', 'its name or id')
    .option('--limit <number>', 'how many at most', readCount, DEFAULT_COUNT)
    .addHelpText('after', examples('events acme', 'events acme --limit 100 --json'))
    .action(async (idOrName: string, { limit }: { readonly limit: number }) => {
      await showEvents(await open(), idOrName, limit);
    });
}

async function showEvents(session: Session, idOrName: string, count: number): Promise<void> {
  const { registry, terminal } = session;
  const events =
    (await registry.events(idOrName, count)) ??
    (await registry.events((await findClient(session, idOrName)).id, count)) ??
    [];
  if (events.length === 0) {
    terminal.print([], 'The client registry has never had this client.');
    return;
  }
  const names = new Map((await listAppClients(session)).map(({ id, name }) => [id, name]));
  const rows = events.map(({ at, action, changes, actor, requestId }) => [
    at,
    action,
    describeChanges(changes),
    names.get(actor.clientId) ?? actor.clientId,
    requestId,
  ]);
  terminal.print(events, table([['AT', 'ACTION', 'CHANGES', 'BY', 'REQUEST'], ...rows]));
}

function describeChanges(changes: ClientEvent['changes']): string {
  return Object.entries(changes)
    .map(([member, { from, to }]) => `${member}: ${describeValue(from)} ▶ ${describeValue(to)}`)
    .join(', ');
}

function describeValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && count <= 10_000) return count;
  throw new InvalidArgumentError('Expected a whole number from 1 to 10000.');
}
