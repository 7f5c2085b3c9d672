import type { Resource } from './api/resource';

/** Folders of the SQL migrations: one for each resource that has tables. */
export function migrationFolders(resources: readonly Resource[]): readonly string[] {
  return resources.flatMap(({ migrations }) => migrations ?? []);
}
