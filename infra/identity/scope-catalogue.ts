import { scopes } from '../../src/resources/resources';

/** A scope of the API, by its bare name. */
export interface Scope {
  readonly name: string;
  readonly description: string;
}

/** Every scope of the API. */
export const scopeCatalogue: readonly Scope[] = Object.entries(scopes).map(([name, description]) => ({
  name,
  description,
}));
