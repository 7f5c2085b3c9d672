import type { Endpoint } from './endpoint';
import { userEndpoints } from '../resources/users/endpoints';
import type { UserStore } from '../resources/users/store';

/** What the API's resources are kept in. */
export interface Stores {
  readonly users: UserStore;
}

/** Every endpoint of the API. What does not stand here does not exist. */
export function allEndpoints(stores: Stores): readonly Endpoint[] {
  return [...userEndpoints(stores.users)];
}
