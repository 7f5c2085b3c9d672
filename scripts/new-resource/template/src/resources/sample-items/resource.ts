import { join } from 'node:path';
import { resource } from '../../api/resource';
import { endpoints } from './endpoints';
import { SampleItemStore } from './store';

const scopes = {
  'sample-items.read': 'Read sample items',
  'sample-items.write': 'Create, change and delete sample items',
} as const;

/** The scopes of sample items. */
export type SampleItemScope = keyof typeof scopes;

/** The sample items of this API. */
export const sampleItems = resource({
  name: 'sample-items',
  scopes,
  migrations: join(__dirname, 'migrations'),
  store: (sql) => new SampleItemStore(sql),
  endpoints,
});
