import { scopes } from '../src/resources/resources';

/** Scopes of the API: names without the resource server's identifier, and their descriptions. */
export type ScopeCatalogue = Readonly<Record<string, string>>;

/** The scopes that the service declares. */
export const scopeCatalogue: ScopeCatalogue = scopes;
