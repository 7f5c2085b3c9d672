import {
  DescribeResourceServerCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { CommandError, exitCodes } from '../command-error';
import type { Session } from '../session';

/** The form that Cognito gives a scope in a token: `<resource server identifier>/<scope name>`. */
export function qualifyScope(identifier: string, name: string): string {
  return `${identifier}/${name}`;
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

/** The entries of a list separated by commas or spaces, each once. */
export function splitList(list: string): readonly string[] {
  return [...new Set(list.split(/[\s,]+/).filter(Boolean))];
}

/**
 * Qualifies the scopes of a list, which may be bare (`users.read`) or qualified already.
 *
 * @throws CommandError that names the known scopes, if one is unknown or the list is empty
 */
export function qualifyKnownScopes(
  list: string,
  identifier: string,
  known: readonly string[],
): readonly string[] {
  const qualified = splitList(list).map((scope) => {
    const candidate = known.includes(scope) ? scope : qualifyScope(identifier, scope);
    if (!known.includes(candidate))
      throw new CommandError(`${identifier} has no scope "${scope}". ${has(known)}`);
    return candidate;
  });
  if (qualified.length === 0) throw new CommandError(`No scope was given. ${has(known)}`, exitCodes.usage);
  return [...new Set(qualified)];
}

function has(known: readonly string[]): string {
  return `Its scopes are ${known.join(', ')}.`;
}
