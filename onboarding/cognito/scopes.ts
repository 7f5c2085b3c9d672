import {
  DescribeResourceServerCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { scopes as catalogue } from '../../src/resources/resources';
import { CommandError, exitCodes } from '../command-error';
import type { Session } from '../session';

/** The form that Cognito gives a scope in a token: `<resource server identifier>/<scope name>`. */
export function qualifyScope(identifier: string, name: string): string {
  return `${identifier}/${name}`;
}

/** The scopes that manage clients, qualified. */
export function operatorScopes({ deployment }: Pick<Session, 'deployment'>): readonly string[] {
  return Object.entries(catalogue)
    .filter(([, { operator }]) => operator)
    .map(([name]) => qualifyScope(deployment.resourceServerIdentifier, name));
}

/**
 * Reads all scopes of the API's resource server, qualified.
 *
 * @throws CommandError if the pool does not have that resource server
 */
export async function readKnownScopes({ cognito, deployment }: Session): Promise<readonly string[]> {
  const { userPoolId: UserPoolId, resourceServerIdentifier: Identifier } = deployment;
  try {
    const { ResourceServer } = await cognito.send(
      new DescribeResourceServerCommand({ UserPoolId, Identifier }),
    );
    return (ResourceServer?.Scopes ?? []).map(({ ScopeName = '' }) => qualifyScope(Identifier, ScopeName));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new CommandError(
      `The user pool ${UserPoolId} has no resource server ${Identifier}: deploy the identity stack again.`,
    );
  }
}

/**
 * Reads the scopes of a list that is for one client: separated by commas or spaces, bare (`invoices.read`) or qualified.
 *
 * @param forOperator whether scopes that manage clients may be among them
 * @returns each once, qualified
 * @throws CommandError that names the known scopes, if one is unknown, or the list is empty
 */
export async function readScopes(
  session: Session,
  list: string,
  forOperator: boolean,
): Promise<readonly string[]> {
  const { resourceServerIdentifier: identifier } = session.deployment;
  const known = await readKnownScopes(session);
  const managing = operatorScopes(session);
  const offered = known.filter((scope) => forOperator || !managing.includes(scope));
  const has = `Its scopes are ${offered.join(', ')}.`;
  const qualified = splitList(list).map((scope) => {
    const candidate = known.includes(scope) ? scope : qualifyScope(identifier, scope);
    if (!known.includes(candidate)) throw new CommandError(`${identifier} has no scope "${scope}". ${has}`);
    if (!offered.includes(candidate))
      throw new CommandError(
        `"${scope}" manages clients, and is for operators only: give --operator if this client is one.`,
      );
    return candidate;
  });
  if (qualified.length === 0) throw new CommandError(`No scope was given. ${has}`, exitCodes.usage);
  return [...new Set(qualified)];
}

function splitList(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter(Boolean);
}
