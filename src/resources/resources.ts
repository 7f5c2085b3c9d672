import { scopeCatalogue, type ScopeOf } from '../api/scopes';
import { clients } from './clients/resource';
import { me } from './me/resource';
import { users } from './users/resource';

/** The resources of this API. An endpoint that is in none of them does not exist. */
export const resources = [users, me, clients] as const;

/** Every scope of this API, by name. */
export const scopes = scopeCatalogue(resources);

/** The name of a scope of this API. */
export type ScopeName = ScopeOf<typeof resources>;
