import { type ProblemType, problemsOfStatuses, problemTitle } from '../http/problem';
import { type Content, fill, type Filling, partOf } from './content';
import { type ApiDescription, exampleOf, type Operation, operationsOf } from './description';
import { markup, Html, pathCode, plainText, withCode } from './html';
import { jsonView } from './json-view';
import { operationLink, operationList, referencePath } from './operation-link';
import { frame, type Page } from './page-frame';
import { problemPage, problemPath, problemTable, retryOf } from './problem-pages';
import { type SearchEntry, searchEntries } from './search-entries';
import { referenceIndex, referencePage, titleOf } from './reference-page';
import { table } from './table';

/** What the portal is made of. */
export interface PortalOptions {
  readonly content: Content;
  /** The whole API, whose reference and problems have pages. */
  readonly whole: DescribedApi;
  /** What of it concerns third parties: all that the guides, the lists and search show. */
  readonly forThirdParties: DescribedApi;
}

/** An API, or a part of it. */
interface DescribedApi {
  /** The OpenAPI document. */
  readonly description: ApiDescription;
  /** Every type of problem that its operations answer with. */
  readonly problems: readonly ProblemType[];
}

/** A page of the portal, whole. */
export interface PortalPage {
  readonly path: string;
  readonly html: string;
  /** Whether it sends requests to the token endpoint. */
  readonly callsTokenEndpoint: boolean;
}

/** All pages, and what search looks through. */
export interface Portal {
  readonly pages: readonly PortalPage[];
  readonly search: readonly SearchEntry[];
}

/** Path of the first page. */
export const DOCS_PATH = '/docs';

/** The guides in the order of the sidebar, each with what the API must have for it to be true. */
const GUIDES: readonly { readonly name: string; readonly needs?: (operation: Operation) => boolean }[] = [
  { name: 'getting-started' },
  { name: 'authentication' },
  { name: 'errors' },
  { name: 'limits', needs: ({ codes }) => codes.includes('rate_limit_exceeded') },
  { name: 'idempotency', needs: isIdempotent },
  { name: 'paging', needs: isList },
  { name: 'changing-safely', needs: (operation) => hasParameter(operation, 'If-Match') },
  { name: 'changelog' },
];

/**
 * The portal for third parties: guides, a page for each type of problem, and a reference, filled in with what this
 * deployment has. It is made of the API description alone, whatever that describes.
 */
export function createPortal({ content, whole, forThirdParties }: PortalOptions): Portal {
  const { description, problems } = forThirdParties;
  const operations = operationsOf(description);
  const allOperations = operationsOf(whole.description);
  const allProblems = withStatuses(whole.problems);
  const operatorTags = whole.description.tags.filter(
    ({ name }) => !description.tags.some((tag) => tag.name === name),
  );
  const guides = GUIDES.filter(({ needs }) => !needs || operations.some(needs));
  const features = new Set([...guides.map(({ name }) => name), ...(operations.some(isList) ? ['list'] : [])]);
  const filling = {
    features,
    ...fillingOf(
      description,
      operations,
      problems,
      guides.map(({ name }) => name),
    ),
  };
  // Those that need no scope are few, and have one code less.
  const withScopes = operations.filter(({ scopes }) => scopes.length > 0);
  const sharedCodes = (withScopes[0]?.codes ?? []).filter((code) =>
    withScopes.every(({ codes }) => codes.includes(code)),
  );
  const referenceOf = (tag: ApiDescription['tags'][number], described: ApiDescription): Page => ({
    path: referencePath(tag.name),
    title: titleOf(tag.name),
    group: 'Reference',
    isReference: true,
    body: referencePage(tag, {
      description: described,
      operations: operationsOf(described).filter((operation) => operation.tag === tag.name),
      sharedCodes,
      samples: partOf(content, 'reference-samples'),
    }),
  });
  const operatorPages = operatorTags.map((tag) => referenceOf(tag, whole.description));
  const pages: readonly Page[] = [
    ...guides.map(({ name }) => guidePage(name, fill(partOf(content, name), filling))),
    {
      path: `${DOCS_PATH}/reference`,
      title: 'Reference',
      body: referenceIndex(description, operations, operatorTags),
    },
    ...description.tags.map((tag) => referenceOf(tag, description)),
    ...operatorPages,
    ...allProblems.map((type) => ({
      path: problemPath(type.code),
      title: problemTitle(type.code),
      body: problemPage(type, operations, description.servers[0].url),
    })),
  ];
  const listed = new Set(problems.map(({ code }) => problemPath(code)));
  const unsearched = new Set(
    [...operatorPages.map(({ path }) => path), ...allProblems.map(({ code }) => problemPath(code))].filter(
      (path) => !listed.has(path),
    ),
  );
  return {
    pages: pages.map((page) => ({
      path: page.path,
      html: frame(page, { pages, operations: allOperations, about: description.info }).text,
      callsTokenEndpoint: page.isReference ?? false,
    })),
    search: pages.filter((page) => !unsearched.has(page.path)).flatMap(searchEntries),
  };
}

function isList(operation: Operation): boolean {
  return operation.method === 'GET' && hasParameter(operation, 'cursor');
}

function isIdempotent(operation: Operation): boolean {
  return hasParameter(operation, 'Idempotency-Key');
}

function hasParameter({ parameters }: Operation, name: string): boolean {
  return parameters.some((parameter) => parameter.name === name);
}

/** The problems, and what errors of other libraries become. */
function withStatuses(problems: readonly ProblemType[]): readonly ProblemType[] {
  const known = new Set(problems.map(({ code }) => code));
  return [...problems, ...problemsOfStatuses.filter(({ code }) => !known.has(code))];
}

function guidePage(name: string, filled: Html): Page {
  const title = plainText(new Html(/<h1>(.*?)<\/h1>/.exec(filled.text)?.[1] ?? name));
  return { path: guidePath(name), title, body: filled, group: 'Guides' };
}

function guidePath(name: string): string {
  return name === 'getting-started' ? DOCS_PATH : `${DOCS_PATH}/${name}`;
}

function fillingOf(
  description: ApiDescription,
  operations: readonly Operation[],
  problems: readonly ProblemType[],
  guides: readonly string[],
): Omit<Filling, 'features'> {
  const { info, servers } = description;
  const { flows, openIdConnectUrl = '' } = description.components.securitySchemes.cognito;
  const tokenUrl = flows?.clientCredentials.tokenUrl;
  const scopes = Object.entries(flows?.clientCredentials.scopes ?? {});
  const simple = operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
  const first = simple.find(({ scopes: needed }) => needed.length === 0) ?? simple[0];
  const list = operations.find(isList);
  const created = operations.find(isIdempotent);
  const changed = operations.find((operation) => hasParameter(operation, 'If-Match'));
  const page = list?.responses[0]?.content;
  const pageExample = page && (page.example ?? exampleOf(page.schema, description));
  const values = {
    apiUrl: servers[0].url,
    tokenUrl: tokenUrl ?? `token_endpoint of ${openIdConnectUrl}`,
    summary: info.summary,
    firstPath: first?.path ?? '/api',
    listPath: list?.path ?? '',
    next: (pageExample as { next?: string } | undefined)?.next ?? '',
    createPath: created?.path ?? '',
    createBody: JSON.stringify(created?.body?.content.example ?? {}),
    changePath: changed?.path ?? '',
  };
  return {
    values,
    blocks: {
      facts: facts(values.apiUrl, tokenUrl, openIdConnectUrl, scopes),
      'next-steps': nextSteps(guides, description),
      scopes:
        scopes.length > 0
          ? table(
              ['Scope', 'Allows'],
              scopes.map(([name, meaning]) => [pathCode(name), meaning]),
            )
          : markup``,
      'token-codes': problemTable(problems.filter((type) => retryOf(type) === 'new_token')),
      codes: problemTable(problems),
      'page-example': markup`${pageExample !== undefined && jsonView(pageExample)}`,
      'idempotent-operations': operationList(operations.filter(isIdempotent)),
      deprecations: deprecations(operations),
    },
  };
}

function facts(
  apiUrl: string,
  tokenUrl: string | undefined,
  openIdConnectUrl: string,
  scopes: readonly (readonly [string, string])[],
): Html {
  return markup`<dl class="facts">
    <div>
      <dt>Base URL</dt>
      <dd>${pathCode(apiUrl)}</dd>
    </div>
    <div>
      <dt>Token URL</dt>
      <dd>
        ${
          tokenUrl === undefined
            ? markup`<code>token_endpoint</code> of ${pathCode(openIdConnectUrl)}`
            : pathCode(tokenUrl)
        }
      </dd>
    </div>
    ${
      scopes.length > 0 &&
      markup`<div>
        <dt>Scopes</dt>
        <dd>
          <ul>
            ${scopes.map(([name, meaning]) => markup`<li>${pathCode(name)} <span>${meaning}</span></li>`)}
          </ul>
        </dd>
      </div>`
    }
  </dl>`;
}

const STEPS: Readonly<Record<string, readonly [string, string]>> = {
  authentication: ['Keep a token', 'One token serves all requests for most of an hour.'],
  errors: ['Handle errors', 'Decide by code, and know which requests to repeat.'],
  limits: ['Stay within limits', 'Read what remains from the headers.'],
  idempotency: ['Create things once', 'However often the request is sent.'],
  paging: ['Read long lists', 'Page by page, nothing twice.'],
  'changing-safely': ['Change safely', 'Never overwrite what others have changed.'],
};

function nextSteps(guides: readonly string[], { tags }: ApiDescription): Html {
  const steps = [
    ...guides.flatMap((name) => (STEPS[name] ? [{ path: guidePath(name), step: STEPS[name] }] : [])),
    {
      path: tags[0] ? referencePath(tags[0].name) : `${DOCS_PATH}/reference`,
      step: ['Try it here', 'Every operation, with a form to send it.'] as const,
    },
  ];
  return markup`<ul class="cards">
    ${steps.map(
      ({ path, step: [title, text] }) =>
        markup`<li>
          <a href="${path}">${title}</a>
          <p>${text}</p>
        </li>`,
    )}
  </ul>`;
}

function deprecations(operations: readonly Operation[]): Html {
  const deprecated = operations.flatMap((operation) =>
    operation.deprecation === undefined
      ? []
      : [markup`<li>${operationLink(operation)}<br />${withCode(operation.deprecation)}</li>`],
  );
  return deprecated.length === 0
    ? markup``
    : markup`<h2 id="deprecated">Deprecated operations</h2>
        <ul>
          ${deprecated}
        </ul>`;
}
