import type { Resource } from '../api/resource';
import { scopeCatalogue } from '../api/scopes';
import { clients } from './clients/resource';
import { me } from './me/resource';
import { users } from './users/resource';

/** The resources of this API. An endpoint that is in none of them does not exist. */
export const resources: readonly Resource[] = [
  users,
  // Those that every project has come last in the description.
  me,
  clients,
];

/** Every scope of this API, by name. */
export const scopes = scopeCatalogue(resources);
