import { join } from 'node:path';
import type { Resource } from './api/resource';

/** Folders of the SQL migrations: those of the platform, and one for each resource that has tables. */
export function migrationFolders(resources: readonly Resource[]): readonly string[] {
  return [
    join(__dirname, 'api', 'migrations'),
    join(__dirname, 'clients', 'migrations'),
    ...resources.flatMap(({ migrations }) => migrations ?? []),
  ];
}
