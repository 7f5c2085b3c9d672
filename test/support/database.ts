import { Database, type DatabaseOptions } from '../../src/database/database';

/** Log lines that a {@link Database} wrote. */
export type Warnings = Record<string, unknown>[];

/** Connects to a database as the service does. */
export function connected(
  url: string,
  { poolSize = 2, warnings = [], ...own }: Partial<DatabaseOptions> & { readonly warnings?: Warnings } = {},
): Database {
  const warn = (line: unknown) => void warnings.push(line as Record<string, unknown>);
  return new Database({ server: { connectionString: url }, ca: undefined, poolSize, log: { warn }, ...own });
}
