import { join } from 'node:path';
import { resource } from '../../api/resource';
import { endpoints } from './endpoints';
import { UserStore } from './store';

const scopes = {
  'users.read': 'Read users',
  'users.write': 'Create, change and delete users',
} as const;

/** The scopes of users. */
export type UserScope = keyof typeof scopes;

/** The users of this API. */
export const users = resource({
  name: 'users',
  scopes,
  migrations: join(__dirname, 'migrations'),
  store: (sql) => new UserStore(sql),
  endpoints,
});
