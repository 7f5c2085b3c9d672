import { join } from 'node:path';
import { resource } from '../../../src/api/resource';
import { endpoints } from './endpoints';
import { PostgresThingStore, type ThingStore } from './store';

const scopes = { 'things.read': 'Read things', 'things.write': 'Create, change and delete things' } as const;

export type ThingScope = keyof typeof scopes;

/** The resource on which the platform is tested. */
export const things = resource({
  name: 'things',
  scopes,
  migrations: join(__dirname, 'migrations'),
  store: (sql): ThingStore => new PostgresThingStore(sql),
  endpoints,
});
