import { join } from 'node:path';

/** Where the migrations are of every part of the service that keeps data. */
export const migrationFolders: readonly string[] = [join(__dirname, 'api', 'users', 'migrations')];
