import {
  DescribeResourceServerCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { qualifyScope } from '../../src/auth/scopes';
import { exitCodes, Failure } from './failure';
import type { Session } from './session';

/**
 * All scopes of the API's resource server, qualified, as they stand in Cognito.
 *
 * @throws Failure if the pool does not have that resource server
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
    throw new Failure(
      `The user pool ${UserPoolId} has no resource server ${Identifier}: deploy the identity stack again.`,
    );
  }
}

/** The entries of a list that commas or spaces part, each once. */
export function splitList(list: string): readonly string[] {
  return [...new Set(list.split(/[\s,]+/).filter(Boolean))];
}

/**
 * Scopes as people write them, made into those of the resource server: `users.read` or the qualified form.
 *
 * @throws Failure that names the known scopes, if one is unknown or there is none
 */
export function toKnownScopes(list: string, identifier: string, known: readonly string[]): readonly string[] {
  const qualified = splitList(list).map((scope) => {
    const candidate = known.includes(scope) ? scope : qualifyScope(identifier, scope);
    if (!known.includes(candidate)) throw new Failure(`${identifier} has no scope "${scope}". ${has(known)}`);
    return candidate;
  });
  if (qualified.length === 0) throw new Failure(`No scope is given. ${has(known)}`, exitCodes.usage);
  return [...new Set(qualified)];
}

function has(known: readonly string[]): string {
  return `Its scopes are ${known.join(', ')}.`;
}
