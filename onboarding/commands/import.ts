import type { Command } from 'commander';
import { listAppClients } from '../cognito/app-client';
import { readParameter } from '../deployment';
import { examples } from '../help';
import type { RegisteredClient } from '../registry/client-registry';
import { assertInForce, type InForce, waitUntilInForce } from '../registry/in-force';
import type { Session } from '../session';
import { table } from '../table';

/** What a list holds that is empty. */
const NO_CLIENT = 'none';

/** `client import`: adds the clients of the static lists to the registry. */
export function addImport(program: Command, open: () => Promise<Session>): void {
  program
    .command('import')
    .summary('add the clients of the static list to the registry')
    .description(
      'Adds to the client registry the clients that the parameter /<deployment>/client-ids and the variable COGNITO_CLIENT_IDS list, enabled. Those that the registry has or had stay as they are, so that it can be run again.',
    )
    .addHelpText('after', examples('import', 'COGNITO_CLIENT_IDS=<id>,<id> npm run client -- import'))
    .action(async () => {
      await importClients(await open());
    });
}

async function importClients(session: Session): Promise<void> {
  const { registry, terminal } = session;
  const ids = await listedIds(session);
  const names = new Map((await listAppClients(session)).map(({ id, name }) => [id, name]));
  const added: RegisteredClient[] = [];
  const left: string[] = [];
  const since = performance.now();
  for (const id of ids) {
    // One that was deleted must not come back.
    const isKnown = (await registry.events(id, 1)) !== undefined;
    const client = isKnown ? undefined : await registry.add(id, names.get(id) ?? id);
    if (client) added.push(client);
    else left.push(id);
  }
  const last = added.at(-1);
  const inForce = last && (await waitUntilInForce(session, last, since));
  terminal.print(
    { added: added.map(({ id }) => id), leftAsTheyAre: left, inForce },
    describeImport(added, left, names, inForce),
  );
  if (inForce) assertInForce(inForce, `${session.commandLine('import')} completes it.`);
}

async function listedIds({ ssm, deployment, env }: Session): Promise<readonly string[]> {
  const lists = [await readParameter(ssm, `/${deployment.name}/client-ids`), env['COGNITO_CLIENT_IDS']];
  const ids = lists.flatMap((list = '') => list.split(',').map((id) => id.trim()));
  return [...new Set(ids)].filter((id) => id !== '' && id !== NO_CLIENT);
}

function describeImport(
  added: readonly RegisteredClient[],
  left: readonly string[],
  names: ReadonlyMap<string, string>,
  inForce: InForce | undefined,
): string {
  const rows = [
    ...added.map(({ id, name }) => ['added', name, id, names.has(id) ? '' : 'has no app client']),
    ...left.map((id) => ['left as it is', names.get(id) ?? '', id, '']),
  ];
  if (rows.length === 0) return 'No client is listed.';
  const where = inForce ? `\nIn force on ${inForce.confirmed} of ${inForce.tasks} tasks.` : '';
  return `${table(rows)}${where}`;
}
