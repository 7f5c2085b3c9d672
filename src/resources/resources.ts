import { scopeCatalogue, type ScopeOf } from '../api/scopes';
import { users } from './users/resource';

/** The resources of this API. An endpoint that is in none of them does not exist. */
export const resources = [users] as const;

/** Every scope of this API: name ▶ description. */
export const scopes = scopeCatalogue(resources);

/** The name of a scope of this API. */
export type ScopeName = ScopeOf<typeof resources>;
