import { IDENTIFIER } from './user-pool';

/** The parameters that every challenge of {@link testApi} has. */
export const REALM_AND_METADATA = {
  realm: IDENTIFIER,
  resource_metadata: 'https://things.example.com/.well-known/oauth-protected-resource',
};

/** A description in the characters that RFC 6750 §3 allows. */
export const DESCRIPTION: unknown = expect.stringMatching(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);

const PARAMETER = '[a-z_]+="[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]*"';
const CHALLENGE = new RegExp(`^Bearer (${PARAMETER}(?:, ${PARAMETER})*)$`);

/**
 * The parameters of a `WWW-Authenticate` that holds exactly one Bearer challenge.
 *
 * @throws Error if it does not, or a parameter stands there twice
 */
export function challengeParameters(header: string | undefined): Record<string, string> {
  const list = CHALLENGE.exec(header ?? '')?.[1];
  if (list === undefined) throw new Error(`not a Bearer challenge: ${header}`);
  const parameters = [...list.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]);
  const names = new Set(parameters.map(([name]) => name));
  if (names.size < parameters.length) throw new Error(`a parameter twice: ${header}`);
  return Object.fromEntries(parameters) as Record<string, string>;
}
