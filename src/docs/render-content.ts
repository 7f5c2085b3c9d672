import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import http from 'highlight.js/lib/languages/http';
import java from 'highlight.js/lib/languages/java';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import typescript from 'highlight.js/lib/languages/typescript';
import { Marked } from 'marked';
import type { Content } from './content';
import { Html, plainText } from './html';
import { type CodeBlock, codeBlock, tabs } from './code-block';
import { table } from './table';

for (const [name, language] of Object.entries({ bash, http, java, json, python, typescript }))
  hljs.registerLanguage(name, language);

/** What the files of a sample are called by their extension, in the order of their tabs, and by the highlighter. */
const LANGUAGES = [
  { extension: 'sh', label: 'curl', highlight: 'bash' },
  { extension: 'mts', label: 'TypeScript', highlight: 'typescript' },
  { extension: 'py', label: 'Python', highlight: 'python' },
  { extension: 'java', label: 'Java', highlight: 'java' },
];

const SAMPLES = join(__dirname, 'samples');

/**
 * The text of the portal: each Markdown file as HTML, by its name. Needs packages that production does not have, so it is
 * done when the service is built.
 *
 * Beside GitHub's Markdown, `<!-- sample: name -->` is replaced by the files of that name in `samples`, one tab for each
 * language. `{{name}}` and other comments are left for the service to fill in.
 */
export function renderContent(): Content {
  const files = [
    ...readdirSync(join(__dirname, 'content')).map((name) => join(__dirname, 'content', name)),
    join(__dirname, '..', 'resources', 'changelog.md'),
  ];
  return Object.fromEntries(
    files.map((file) => [basename(file, '.md'), renderMarkdown(readFileSync(file, 'utf8'))]),
  );
}

function renderMarkdown(markdown: string): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const text = this.parser.parseInline(tokens);
        return depth === 1 ? `<h1>${text}</h1>\n` : heading(depth, text);
      },
      code: ({ text, lang = 'text' }) => highlighted(text, lang).text,
      table({ header, rows }) {
        const cell = ({ tokens }: (typeof header)[number]) => new Html(this.parser.parseInline(tokens));
        return `${
          table(
            header.map(cell),
            rows.map((cells) => cells.map(cell)),
          ).text
        }\n`;
      },
      html({ text }) {
        return text.replaceAll(
          /<!-- sample: ([\w-]+) -->/g,
          (_, name: string) => tabs(name, sampleBlocks(name)).text,
        );
      },
    },
  });
  return marked.parse(markdown, { async: false });
}

function heading(depth: number, text: string): string {
  const id = plainText(new Html(text))
    .toLowerCase()
    .replaceAll(/[^\w]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `<h${depth} id="${id}">${text}</h${depth}>\n`;
}

function highlighted(text: string, language: string): Html {
  const sample = LANGUAGES.find(({ extension }) => extension === language);
  const name = sample?.highlight ?? language;
  return codeBlock(new Html(hljs.highlight(text, { language: name }).value), sample?.label);
}

/** The files of a sample, whatever the custom of their language makes of its name: `first-call.sh`, `FirstCall.java`. */
function sampleBlocks(name: string): readonly CodeBlock[] {
  const files = readdirSync(SAMPLES);
  return LANGUAGES.flatMap(({ extension, label }) => {
    const file = files.find(
      (each) => each.toLowerCase().replace('-', '') === `${name.replace('-', '')}.${extension}`,
    );
    if (file === undefined) return [];
    const text = readFileSync(join(SAMPLES, file), 'utf8').trimEnd();
    return [{ language: label, block: highlighted(text, extension) }];
  });
}
