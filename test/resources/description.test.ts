import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resources } from '../../src/resources/resources';
import { describeDescribedEndpoints, type Provocations } from '../support/described-endpoints';

function provocationsOf(name: string): Provocations {
  const file = join(__dirname, name, 'provocations.ts');
  if (!existsSync(file)) return { problems: {} };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- tests are defined before anything can be awaited
  return (require(file) as { readonly provocations: Provocations }).provocations;
}

describeDescribedEndpoints(
  resources,
  Object.fromEntries(resources.map(({ name }) => [name, provocationsOf(name)])),
);
