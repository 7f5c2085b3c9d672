import { resources } from './resources/resources';

/** Folders of the SQL migrations: one for each resource that has tables. */
export const migrationFolders: readonly string[] = resources.flatMap(({ migrations }) => migrations ?? []);
