import type { Resource } from './resource';

/** The names of all scopes of a list of resources. */
export type ScopeOf<Resources extends readonly Resource[]> = keyof Resources[number]['scopes'] & string;

/** The scopes of an API, in the order of its resources: name ▶ description. */
export type ScopeCatalogue = Readonly<Record<string, string>>;

/**
 * The scope catalogue: the union of the scopes of all resources.
 *
 * @throws TypeError if two resources declare the same scope
 */
export function scopeCatalogue(resources: readonly Pick<Resource, 'name' | 'scopes'>[]): ScopeCatalogue {
  const catalogue: Record<string, string> = {};
  for (const { name, scopes } of resources)
    for (const [scope, description] of Object.entries(scopes)) {
      if (Object.hasOwn(catalogue, scope))
        throw new TypeError(`${name}: another resource has the scope ${scope}`);
      catalogue[scope] = description;
    }
  return catalogue;
}
