import { resource } from '../../api/resource';
import { endpoints } from './endpoints';
import { postgresClientStore } from './store';

const scopes = {
  'clients.read': 'Read clients, their limits and what was changed',
  'clients.write': 'Allow, limit and shut out clients',
} as const;

/** The scopes of clients. */
export type ClientScope = keyof typeof scopes;

/** The third parties of this API, as operators manage them. Its tables are those of the client registry. */
export const clients = resource({
  name: 'clients',
  forOperators: true,
  scopes,
  store: postgresClientStore,
  endpoints,
});
