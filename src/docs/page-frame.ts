import type { ApiDescription, Operation } from './description';
import { markup, Html, plainText } from './html';
import { referencePath } from './operation-link';

/** A page, without what is around it on every page. */
export interface Page {
  readonly path: string;
  readonly title: string;
  readonly body: Html;
  /** The group of the sidebar that it is in; none for pages that others lead to. */
  readonly group?: 'Guides' | 'Reference';
  readonly isReference?: boolean;
}

interface FrameOptions {
  readonly pages: readonly Page[];
  readonly operations: readonly Operation[];
  readonly about: ApiDescription['info'];
}

/** A page as a document: with the header, the sidebar, the contents of the page, and the pages before and after it. */
export function frame(page: Page, { pages, operations, about }: FrameOptions): Html {
  const body = withAnchors(page.body);
  const inSidebar = pages.filter(({ group }) => group);
  const index = inSidebar.indexOf(page);
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.title} · ${about.title}</title>
        <link rel="icon" href="/docs/icon.svg" type="image/svg+xml" />
        <link rel="preload" href="/docs/inter.woff2" as="font" type="font/woff2" crossorigin />
        <link rel="stylesheet" href="/docs/portal.css" />
        <script src="/docs/portal.js" type="module"></script>
        ${page.isReference && markup`<script src="/docs/reference.js" type="module"></script>`}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
          <button type="button" class="menu" popovertarget="sidebar" aria-label="Contents">
            <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
              <path d="M2 5h16M2 10h16M2 15h16" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
            </svg>
          </button>
          <a class="brand" href="/docs"
            ><img src="/docs/icon.svg" alt="" width="28" height="28" /><span>${about.title}</span></a
          >
          <search>
            <form hidden>
              <input
                type="search"
                placeholder="Search"
                aria-label="Search"
                aria-keyshortcuts="/"
                autocomplete="off"
                spellcheck="false"
              />
              <kbd aria-hidden="true">/</kbd>
              <div class="results" hidden></div>
            </form>
          </search>
          <a class="document" href="/openapi.json">OpenAPI</a>
        </header>
        <nav id="sidebar" popover aria-label="Contents">
          ${sidebarGroup('Guides', page, inSidebar, operations)}
          ${sidebarGroup('Reference', page, inSidebar, operations)}
        </nav>
        <main id="content">
          <article ${page.isReference && markup`class="reference"`}>${body}</article>
          ${!page.isReference && contents(body)}
          ${index >= 0 && neighbours(inSidebar[index - 1], inSidebar[index + 1])}
        </main>
      </body>
    </html>`;
}

/** Links to the pages before and after a page. */
function neighbours(previous: Page | undefined, next: Page | undefined): Html {
  return markup`<footer>
    ${previous && markup`<a rel="prev" href="${previous.path}">${previous.title}</a>`}
    ${next && markup`<a rel="next" href="${next.path}">${next.title}</a>`}
  </footer>`;
}

function sidebarGroup(
  group: Page['group'],
  current: Page,
  pages: readonly Page[],
  operations: readonly Operation[],
): Html {
  const ofGroup = pages.filter((page) => page.group === group);
  return markup`<h2>${group === 'Reference' ? markup`<a href="/docs/reference">${group}</a>` : group}</h2>
    <ul>
      ${ofGroup.map(
        ({ path, title }) =>
          markup`<li>
            <a href="${path}" ${isCurrent(path, current) && markup`aria-current="page"`}>${title}</a>
            ${path === current.path && group === 'Reference' && operationLinks(path, operations)}
          </li>`,
      )}
    </ul>`;
}

/** The page itself, or the one that leads to it. */
function isCurrent(path: string, current: Page): boolean {
  return (
    path === current.path ||
    (current.group === undefined && current.path.startsWith(`${path}/`) && path !== '/docs')
  );
}

function operationLinks(path: string, operations: readonly Operation[]): Html {
  return markup`<ul>
    ${operations
      .filter(({ tag }) => referencePath(tag) === path)
      .map(
        ({ id, summary, method }) =>
          markup`<li>
            <a href="#${id}"><span class="method ${method}">${method}</span> ${summary}</a>
          </li>`,
      )}
  </ul>`;
}

/** Headings with links to themselves. */
function withAnchors({ text }: Html): Html {
  return new Html(
    text.replaceAll(
      /<h([23]) id="([^"]*)">([\s\S]*?)<\/h\1>/g,
      (_, depth: string, id: string, heading: string) =>
        markup`<h${depth} id="${id}">${new Html(heading)} <a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h${depth}>`
          .text,
    ),
  );
}

/** The headings of a page as links, where there are several. */
function contents({ text }: Html): Html | false {
  const headings = [...text.matchAll(/<h2 id="([^"]*)"[^>]*>([\s\S]*?) <a class="anchor"/g)];
  return (
    headings.length > 1 &&
    markup`<nav class="contents" aria-label="On this page">
      <h2>On this page</h2>
      <ul>
        ${headings.map(
          ([, id = '', heading = '']) =>
            markup`<li><a href="#${id}">${plainText(new Html(heading))}</a></li>`,
        )}
      </ul>
    </nav>`
  );
}
