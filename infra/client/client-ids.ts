import { GetParameterCommand, type ParameterType, PutParameterCommand } from '@aws-sdk/client-ssm';
import { Failure } from './failure';
import type { Session } from './session';

/** What stands in the parameter while no client may call. */
const NOBODY = 'none';

/** Characters that a parameter of the standard tier holds. */
const CAPACITY = 4096;

interface Version {
  readonly number: number;
  readonly type: ParameterType;
  readonly clientIds: readonly string[];
}

/** The app clients that the API lets in, as its tasks read them when they start. */
export async function readClientIds(session: Session): Promise<readonly string[]> {
  return (await readVersion(session)).clientIds;
}

/** Puts a client on the list. @throws Failure if the list would become too long */
export async function addClientId(session: Session, clientId: string): Promise<void> {
  await edit(session, (ids) => [...new Set([...ids, clientId])]);
}

/** Takes a client off the list. */
export async function removeClientId(session: Session, clientId: string): Promise<void> {
  await edit(session, (ids) => ids.filter((id) => id !== clientId));
}

/** @throws Failure if the list has no room for one more client */
export async function assertRoom(session: Session): Promise<void> {
  serialize([...(await readClientIds(session)), '0'.repeat(26)]);
}

/**
 * Parameter Store cannot write on the condition that nothing has changed meanwhile, but it numbers what is written. A
 * number that is not the next one tells that somebody's version has just been overwritten; then the change is made
 * anew, to that version.
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
  const { Value = NOBODY, Version: number = 0, Type: type = 'String' } = Parameter ?? {};
  const clientIds = Value.split(',').map((id) => id.trim());
  return { number, type, clientIds: clientIds.filter((id) => id !== NOBODY && id !== '') };
}

function serialize(clientIds: readonly string[]): string {
  const text = clientIds.join(',') || NOBODY;
  if (text.length > CAPACITY) {
    throw new Failure(
      `The list of allowed clients would have ${text.length} characters, and its parameter holds ${CAPACITY} (about 150 clients): delete clients that are no longer used.`,
    );
  }
  return text;
}

function nameIn({ deployment }: Session): string {
  return `/${deployment.name}/client-ids`;
}
