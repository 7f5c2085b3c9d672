import type { Resource } from './resource';

/** A scope of the catalogue. */
export interface CatalogueScope {
  /** What people see. */
  readonly description: string;
  /** Whether it is for operator clients alone. */
  readonly operator: boolean;
}

/** The scopes of an API by name, in the order of its resources. */
export type ScopeCatalogue = Readonly<Record<string, CatalogueScope>>;

/**
 * The scope catalogue: the union of the scopes of all resources.
 *
 * @throws TypeError if two resources declare the same scope
 */
export function scopeCatalogue(
  resources: readonly Pick<Resource, 'name' | 'scopes' | 'forOperators'>[],
): ScopeCatalogue {
  const catalogue: Record<string, CatalogueScope> = {};
  for (const { name, scopes, forOperators: operator = false } of resources)
    for (const [scope, description] of Object.entries(scopes)) {
      if (Object.hasOwn(catalogue, scope))
        throw new TypeError(`${name}: another resource has the scope ${scope}`);
      catalogue[scope] = { description, operator };
    }
  return catalogue;
}
