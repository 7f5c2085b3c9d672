import { scopes } from '../src/resources/resources';

/** A scope of the API. */
export interface CatalogueScope {
  readonly description: string;
  /** Whether it is for operator clients alone. */
  readonly operator: boolean;
}

/** Scopes of the API by name, without the resource server's identifier. */
export type ScopeCatalogue = Readonly<Record<string, CatalogueScope>>;

/** The scopes that the service declares. */
export const scopeCatalogue: ScopeCatalogue = scopes;
