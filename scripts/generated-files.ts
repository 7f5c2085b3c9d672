import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString, COMMENT_HEADER, type OpenAPI3 } from 'openapi-typescript';
import { scopesOf } from '../src/api/endpoint';
import { openApiDocument } from '../src/api/openapi';
import { forThirdParties, type Resource } from '../src/api/resource';
import { variables } from '../src/config/variables';
import { about } from '../src/resources/about';
import { resources } from '../src/resources/resources';

const ROOT = join(__dirname, '..');

/** A file of the repository that is made, wholly or in part, from the source. */
export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly content: string;
}

/** Every generated file as it ought to be. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  return [
    { path: '.env.example', content: envExample() },
    { path: 'docs/openapi.json', content: `${JSON.stringify(openApi(resources), null, 2)}\n` },
    { path: 'examples/third-party/src/api.d.ts', content: await clientTypes() },
    withTable('README.md', 'endpoints', endpointTable()),
    withTable('docs/configuration.md', 'configuration', variableTable()),
  ];
}

/** Whether the file in the repository is as it ought to be. */
export function isUpToDate({ path, content }: GeneratedFile): boolean {
  const file = join(ROOT, path);
  return existsSync(file) && readFileSync(file, 'utf8') === content;
}

function envExample(): string {
  const entries = Object.entries(variables).map(([name, { meaning, whenUnset, example }]) =>
    whenUnset === 'required'
      ? `# ${meaning}. Required.\n${name}=${example}\n`
      : `# ${meaning}. Without it: ${whenUnset}.\n#${name}=${example}\n`,
  );
  return `# Generated from src/config/variables.ts: npm run generate\n\n${entries.join('\n')}`;
}

function variableTable(): string {
  const rows = Object.entries(variables).map(
    ([name, { meaning, whenUnset }]) => `| \`${name}\` | ${escaped(meaning)} | ${escaped(whenUnset)} |`,
  );
  return ['| variable | meaning | without it |', '| --- | --- | --- |', ...rows].join('\n');
}

function openApi(described: readonly Resource[]): object {
  return openApiDocument(described, {
    about,
    identifier: variables.RESOURCE_SERVER_IDENTIFIER.example,
    issuer: variables.COGNITO_ISSUER.example,
    publicUrl: variables.PUBLIC_URL.example,
    tokenUrl: variables.COGNITO_TOKEN_URL.example,
  });
}

/** The types of a third party's client, as the command of openapi-typescript writes them. */
async function clientTypes(): Promise<string> {
  const description = openApi(forThirdParties(resources)) as OpenAPI3;
  return COMMENT_HEADER + astToString(await openapiTS(description));
}

function endpointTable(): string {
  const rows = resources
    .flatMap(({ endpoints }) => endpoints)
    .map((endpoint) => {
      const { method, path, summary } = endpoint;
      const scopes = scopesOf(endpoint).map((scope) => `\`${scope}\``);
      return `| \`${method} ${path}\` | ${scopes.join(', ') || 'none'} | ${escaped(summary)} |`;
    });
  return ['| operation | scopes | what it does |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A Markdown file with a new table between its `<!-- name -->` and `<!-- /name -->` marks. */
function withTable(path: string, name: string, table: string): GeneratedFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n<!-- /${name} -->)`);
  if (!marked.test(text)) throw new Error(`${path} has no place for the table ${name}`);
  const content = text.replace(marked, (_, begin: string, end: string) => `${begin}\n${table}\n${end}`);
  return { path, content };
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<');
}
