import { assertNamed, findAppClientId, onlyOne } from './cognito/app-client';
import { CommandError } from './command-error';
import type { RegisteredClient } from './registry/client-registry';
import type { Session } from './session';

/** A client that an operator named. */
export interface FoundClient {
  readonly id: string;
  readonly name: string;
  /** `undefined` if the client registry does not have it. */
  readonly registered: RegisteredClient | undefined;
}

/**
 * Finds the client with this id or name: in the client registry, and if that does not have it, in the user pool. So what
 * shuts a client out does not need Cognito's API.
 *
 * @throws CommandError if there is none, or several have the name
 */
export async function findClient(session: Session, idOrName: string): Promise<FoundClient> {
  assertNamed(idOrName);
  const { registry } = session;
  const byId = await registry.find(idOrName);
  const registered = onlyOne(
    idOrName,
    byId ? [byId] : (await registry.list()).filter(({ name }) => name === idOrName),
  );
  if (registered) return { id: registered.id, name: registered.name, registered };
  const known = await findAppClientId(session, idOrName);
  if (known) return { ...known, registered: undefined };
  throw new CommandError(
    `Neither the client registry nor the user pool ${session.deployment.userPoolId} has a client "${idOrName}": ${session.commandLine('list')} shows those that there are.`,
  );
}

/**
 * What the registry has of a client.
 *
 * @throws CommandError if it does not have it
 */
export function assertRegistered(
  session: Pick<Session, 'commandLine'>,
  { id, name }: FoundClient,
  registered: RegisteredClient | undefined,
): RegisteredClient {
  if (registered) return registered;
  throw new CommandError(
    `The client registry does not have ${name}: ${session.commandLine('enable', id)} adds it, and allows it to call.`,
  );
}
