import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { MIGRATIONS_TABLE } from '../../src/database/migrations';
import { resources } from '../../src/resources/resources';
import { type Names, rename } from './names';
import { LIST, templateFiles } from './render';

const endpoints = resources.flatMap((resource) => resource.endpoints);

/** Words that are no name of a table unless they are quoted: PostgreSQL, appendix C. */
const RESERVED_IN_SQL = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column
  concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from
  full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime
  localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning
  right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user
  using variadic verbose when where window with`.split(/\s+/),
);

const operationsOfTemplate = [
  'listSampleItems',
  'createSampleItem',
  'getSampleItem',
  'updateSampleItem',
  'deleteSampleItem',
];
const schemasOfTemplate = ['SampleItem', 'NewSampleItem', 'SampleItemPatch', 'SampleItemPage'];

/**
 * Checks that a new resource can have a name.
 *
 * @param root the project's folder
 * @throws Error that says why it cannot
 */
export function checkPlural(root: string, plural: string): void {
  checkForm(plural);
  const folder = ['src/resources', 'test/resources'].find((parent) => existsSync(join(root, parent, plural)));
  refuseIf(folder, `${plural} is taken: there is ${folder}/${plural}`);
  const path = endpoints
    .map((endpoint) => endpoint.path)
    .find((path) => `${path}/`.startsWith(`/api/v1/${plural}/`));
  refuseIf(path, `${plural} is taken: the API has ${path}`);
  const table = rename('sample_items', { plural, singular: plural });
  refuseIf(RESERVED_IN_SQL.has(table), `${table} is a reserved word of SQL`);
  const creation = new RegExp(`CREATE TABLE( IF NOT EXISTS)? ${table}\\b`, 'i');
  refuseIf(
    table === MIGRATIONS_TABLE || migrations(root).some((sql) => creation.test(sql)),
    `${plural} is taken: there is a table ${table}`,
  );
}

/**
 * Checks that a new resource can have a name, and its items a name that goes with it.
 *
 * @param root the project's folder
 * @throws Error that says why they cannot
 */
export function checkNames(root: string, names: Names): void {
  checkPlural(root, names.plural);
  checkForm(names.singular);
  refuseIf(names.singular === names.plural, `${names.plural}: expected a singular that differs from it`);
  const { operations, schemas } = described(root);
  const operation = operationsOfTemplate
    .map((each) => rename(each, names))
    .find((each) => operations.has(each));
  refuseIf(operation, `${names.singular} is taken: the API has the operation ${operation}`);
  const schema = schemasOfTemplate.map((each) => rename(each, names)).find((each) => schemas.has(each));
  refuseIf(schema, `${names.singular} is taken: the API description has the schema ${schema}`);
  const identifiers = ['sampleItem', 'sampleItems', 'SampleItem', 'SampleItems'].map((each) =>
    rename(each, names),
  );
  const reserved = identifiers.find(isReserved);
  refuseIf(reserved, `${reserved} is a reserved word of JavaScript`);
  const files = [
    readFileSync(join(root, LIST), 'utf8'),
    ...templateFiles({ owned: true }).map(({ content }) => content),
  ];
  const used = new Set(files.flatMap(identifiersOf));
  const clash = identifiers.find((identifier) => used.has(identifier));
  refuseIf(clash, `${clash} has another meaning in the files of a resource`);
}

function checkForm(name: string): void {
  refuseIf(
    !/^(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name),
    `"${name}": expected up to 40 lower-case letters, digits and single hyphens, a letter first`,
  );
}

function refuseIf(reason: unknown, message: string): void {
  if (reason) throw new Error(message);
}

/** The names in the API description, which has to be up to date. */
function described(root: string) {
  const { components } = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')) as {
    readonly components: { readonly schemas: object };
  };
  return {
    operations: new Set(endpoints.map(({ operationId }) => operationId)),
    schemas: new Set(Object.keys(components.schemas)),
  };
}

/** The SQL of all migrations, those of tests included. */
function migrations(root: string): string[] {
  return [join(root, 'src'), join(root, 'test')].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.sql'))
      .map((file) => readFileSync(join(folder, file), 'utf8')),
  );
}

function isReserved(word: string): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, word);
  const kind = scanner.scan();
  return kind >= ts.SyntaxKind.FirstReservedWord && kind <= ts.SyntaxKind.LastFutureReservedWord;
}

/** The names of variables and types in a file: what a new name could be mistaken for. */
function identifiersOf(content: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isMember(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('', content, ts.ScriptTarget.Latest, true));
  return found;
}

/** Whether an identifier names a member of an object, where it can be mistaken for nothing else. */
function isMember(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isMethodDeclaration(parent)) &&
    parent.name === node
  );
}
