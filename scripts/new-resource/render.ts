import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Names, rename } from './names';

/** A file, by its path in the project. */
export interface SourceFile {
  readonly path: string;
  readonly content: string;
}

/** How a resource is made. */
export interface ResourceOptions {
  /** Its rows belong to the clients that create them. */
  readonly owned: boolean;
}

/** Where the resources are listed. */
export const LIST = 'src/resources/resources.ts';

const STORE_OF_ALL = '(sql) => new SampleItemStore(sql)';
const STORE_OF_CALLER = '(sql, { clientId }) => new SampleItemStore(sql, clientId)';

/** The files of a resource of sample items. */
export function templateFiles({ owned }: ResourceOptions): readonly SourceFile[] {
  if (!owned) return filesIn('template');
  const files = new Map(
    [...filesIn('template'), ...filesIn('owned')].map(({ path, content }) => [path, content]),
  );
  return [...files].map(([path, content]) => ({
    path,
    content: content.replace(STORE_OF_ALL, STORE_OF_CALLER),
  }));
}

function filesIn(folder: string): SourceFile[] {
  const root = join(__dirname, folder);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => ({ path: relative(root, file), content: readFileSync(file, 'utf8') }));
}

/**
 * The files of a new resource, not yet formatted.
 *
 * @param number of its migration, greater than those of all others
 */
export function renderResource(
  names: Names,
  { number, ...options }: ResourceOptions & { readonly number: string },
): SourceFile[] {
  return templateFiles(options).map(({ path, content }) => ({
    path: rename(path, names).replace('/migrations/', `/migrations/${number}_`),
    content: rename(content, names),
  }));
}

/**
 * The list of resources with a new one: after the project's own, which a comment separates from those that every project has.
 *
 * @throws Error if the file has no such list
 */
export function addToList(list: string, names: Names): string {
  const importLine = rename("import { sampleItems } from './sample-items/resource';\n", names);
  const afterImports = list.indexOf('\n', list.lastIndexOf('\nimport ') + 1) + 1;
  const ownMembers = /(?<=^export const resources\b.* = \[)[^\]]*?(?=\s*(\/\/|\]))/m;
  const rest = list.slice(afterImports);
  if (!ownMembers.test(rest)) throw new Error(`${LIST}: expected \`export const resources … = [\``);
  const added = rest.replace(ownMembers, (members) => {
    const separator = members.trim() === '' || members.endsWith(',') ? '' : ',';
    return `${members}${separator} ${rename('sampleItems', names)},`;
  });
  return list.slice(0, afterImports) + importLine + added;
}
