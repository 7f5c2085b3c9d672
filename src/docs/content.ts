import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeHtml, Html } from './html';

/** The text of the portal as HTML, by the name of its file. What differs between deployments is not filled in yet. */
export type Content = Readonly<Record<string, string>>;

/** What is filled into the content. */
export interface Filling {
  /** For `{{name}}`. */
  readonly values: Readonly<Record<string, string>>;
  /** For `<!-- name -->`. */
  readonly blocks: Readonly<Record<string, Html>>;
  /** What `<!-- if name -->` asks for. */
  readonly features: ReadonlySet<string>;
}

/** The content as the build has rendered it; where nothing was built, it is rendered now. */
export function loadContent(): Content {
  const built = join(__dirname, 'content.json');
  if (existsSync(built)) return JSON.parse(readFileSync(built, 'utf8')) as Content;
  // What renders it is no part of the built service, and neither are the packages that it needs.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { renderContent } = require('./render-content') as { renderContent: () => Content };
  return renderContent();
}

/**
 * A part of the content by its name.
 *
 * @throws Error where there is none, rather than an empty page
 */
export function partOf(content: Content, name: string): string {
  const part = content[name];
  if (part === undefined) throw new Error(`the content has no ${name}`);
  return part;
}

/** Values in code, as the quotes of its language need them. */
const ESCAPES: Readonly<Record<string, (text: string) => string>> = {
  sh: (text) => text.replaceAll("'", `'\\''`),
  ts: (text) => text.replaceAll(/[\\']/g, '\\$&'),
  py: (text) => text.replaceAll(/[\\']/g, '\\$&'),
  java: (text) => text.replaceAll(/[\\"]/g, '\\$&'),
  javaBlock: (text) => text.replaceAll('\\', '\\\\').replaceAll('"""', '\\"""'),
};

/**
 * Fills values, blocks and conditions into a part of the content.
 *
 * @throws Error for a name that nothing is given for
 */
export function fill(content: string, { values, blocks, features }: Filling): Html {
  const filled = content
    .replaceAll(/<!-- if ([\w-]+) -->([\s\S]*?)<!-- \/if -->/g, (_, feature: string, text: string) =>
      features.has(feature) ? text : '',
    )
    .replaceAll(/<!-- ([\w-]+) -->/g, (_, name: string) => valueOf(blocks, name).text);
  return new Html(
    filled.replaceAll(/\{\{(\w+)(?:\|(\w+))?\}\}/g, (_, name: string, language?: string) => {
      const value = valueOf(values, name);
      return escapeHtml(language === undefined ? value : valueOf(ESCAPES, language)(value));
    }),
  );
}

function valueOf<Value>(values: Readonly<Record<string, Value>>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`the content asks for ${name}, which is not given`);
  return value;
}
