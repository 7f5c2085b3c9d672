import { scopes } from '../../src/resources/resources';

/** A scope of the API, by its bare name. */
export interface Scope {
  readonly name: string;
  readonly description: string;
  /** Whether it manages clients. Only operator clients get such scopes. */
  readonly operator: boolean;
}

/** Every scope of the API. */
export const scopeCatalogue: readonly Scope[] = Object.entries(scopes).map(([name, scope]) => ({
  name,
  ...scope,
}));
