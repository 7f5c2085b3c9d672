/** A scope as Cognito writes it in a token: `<resource server identifier>/<scope name>`. */
export function qualifyScope(identifier: string, name: string): string {
  return `${identifier}/${name}`;
}

/** The scopes of a space-delimited list, RFC 6749 §3.3; none if there is no list. */
export function parseScopes(list: string | undefined): ReadonlySet<string> {
  const scopes = new Set(list?.split(' '));
  scopes.delete('');
  return scopes;
}
