import { GetParameterCommand, type ParameterType, PutParameterCommand } from '@aws-sdk/client-ssm';
import { CommandError } from './command-error';
import type { Session } from './session';

/** Value of the parameter while no client may call. */
const NO_CLIENT = 'none';

/** Length limit of a standard-tier parameter, in characters. */
const CAPACITY = 4096;

interface Version {
  readonly number: number;
  readonly type: ParameterType;
  readonly clientIds: readonly string[];
}

/** Reads the list of app clients that may call the API. Tasks read it when they start. */
export async function readClientIds(session: Session): Promise<readonly string[]> {
  return (await readVersion(session)).clientIds;
}

/**
 * Adds a client to the list.
 *
 * @throws CommandError if the list would become too long
 */
export async function addClientId(session: Session, clientId: string): Promise<void> {
  await edit(session, (ids) => [...new Set([...ids, clientId])]);
}

/** Removes a client from the list. */
export async function removeClientId(session: Session, clientId: string): Promise<void> {
  await edit(session, (ids) => ids.filter((id) => id !== clientId));
}

/** @throws CommandError if the list has no room for one more client */
export async function assertRoom(session: Session): Promise<void> {
  serialize([...(await readClientIds(session)), '0'.repeat(26)]);
}

/**
 * Parameter Store has no conditional write, but it numbers versions. A number that is not the next one means that this
 * write has overwritten another operator's version; the change is then applied again, to that version.
 */
async function edit(session: Session, change: (ids: readonly string[]) => readonly string[]): Promise<void> {
  let base = await readVersion(session);
  let newest = base.number;
  for (;;) {
    const text = serialize(change(base.clientIds));
    if (base.number === newest && text === serialize(base.clientIds)) return;
    const { Version: written = newest + 1 } = await session.ssm.send(
      new PutParameterCommand({ Name: nameIn(session), Value: text, Type: base.type, Overwrite: true }),
    );
    if (written === newest + 1) return;
    base = await readVersion(session, `:${written - 1}`);
    newest = written;
  }
}

/** @param selector `:<number>` for a version other than the newest */
async function readVersion(session: Session, selector = ''): Promise<Version> {
  const { Parameter } = await session.ssm.send(
    new GetParameterCommand({ Name: `${nameIn(session)}${selector}` }),
  );
  const { Value = NO_CLIENT, Version: number = 0, Type: type = 'String' } = Parameter ?? {};
  const clientIds = Value.split(',').map((id) => id.trim());
  return { number, type, clientIds: clientIds.filter((id) => id !== NO_CLIENT && id !== '') };
}

function serialize(clientIds: readonly string[]): string {
  const text = clientIds.join(',') || NO_CLIENT;
  if (text.length > CAPACITY) {
    throw new CommandError(
      `The list of allowed clients would have ${text.length} characters, and its parameter holds ${CAPACITY} (about 150 clients): delete clients that are no longer used.`,
    );
  }
  return text;
}

function nameIn({ deployment }: Session): string {
  return `/${deployment.name}/client-ids`;
}
