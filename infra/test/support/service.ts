import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// The only file of the infrastructure that imports what the service offers, but for the scope catalogue.
export { issuersOf } from '../../../src/auth/issuers';
export { variables } from '../../../src/config/variables';

export const PROJECT = join(__dirname, '..', '..', '..');

/** The service's source, for values that it does not export but that the templates depend on. */
export function serviceSource(): string {
  const directory = join(PROJECT, 'src');
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(directory, path), 'utf8'))
    .join('\n');
}
