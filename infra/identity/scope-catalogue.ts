import { scopes } from '../../src/resources/resources';

/** A scope of the API, by its bare name. */
export interface Scope {
  readonly name: string;
  readonly description: string;
  /** Whether it manages clients. Only operator clients get such scopes. */
  readonly operator: boolean;
}

type Entry = string | { readonly description: string; readonly operator?: boolean };

/** Every scope of the API. */
export const scopeCatalogue: readonly Scope[] = Object.entries<Entry>(scopes).map(([name, entry]) =>
  typeof entry === 'string'
    ? { name, description: entry, operator: false }
    : { name, description: entry.description, operator: entry.operator ?? false },
);
