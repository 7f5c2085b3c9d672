import { PROBLEM_PAGES, type ProblemType, problemTitle, type Retry } from '../http/problem';
import { problemExample } from '../api/problem-responses';
import type { Operation } from './description';
import { markup, type Html, withCode } from './html';
import { jsonView } from './json-view';
import { operationList } from './operation-link';
import { table } from './table';

/** When the same request may be sent again, as a word and as a sentence. */
const RETRIES: Readonly<Record<Retry, readonly [string, string]>> = {
  never: ['no', 'No. The same request is refused again.'],
  after_delay: ['later', 'Yes, after as many seconds as `Retry-After` says, and a few times at most.'],
  new_token: ['new token', 'Once, with a new token.'],
  check_first: ['check first', 'Only after you have checked what the first attempt did.'],
};

/** When the request of a problem may be sent again. */
export function retryOf({ status, retry }: ProblemType): Retry {
  return retry ?? (status === 429 || status === 503 ? 'after_delay' : 'never');
}

function adviceOf({ status, advice }: ProblemType): string {
  if (advice !== undefined) return advice;
  if (status === 404)
    return 'Check the id. If it is right, the item does not exist: it was deleted, or never created.';
  if (status === 409) return 'Read the current state, and decide again.';
  return 'Correct the request.';
}

/** The address of a problem's page. */
export function problemPath(code: string): string {
  return `${PROBLEM_PAGES}/${code}`;
}

/** Codes as links, between commas. */
export function codeLinks(codes: readonly string[]): Html {
  return markup`${codes.map(
    (code, index) => markup`${index > 0 && ', '}<a href="${problemPath(code)}"><code>${code}</code></a>`,
  )}`;
}

/** A table of problems, in the order of their status. */
export function problemTable(types: readonly ProblemType[]): Html {
  const rows = [...types]
    .sort((a, b) => a.status - b.status)
    .map((type) => [type.status, codeLinks([type.code]), withCode(type.detail), retryMark(type)]);
  return table(['Status', 'Code', 'Meaning', 'Again?'], rows, 'problems');
}

function retryMark(type: ProblemType): Html {
  const retry = retryOf(type);
  return markup`<span class="retry ${retry}">${RETRIES[retry][0]}</span>`;
}

/** The page of a type of problem. */
export function problemPage(type: ProblemType, operations: readonly Operation[], publicUrl: string): Html {
  const { status, code, detail } = type;
  const answering = operations.filter(({ codes }) => codes.includes(code));
  const retry = retryOf(type);
  return markup`<p class="crumbs"><a href="${PROBLEM_PAGES}">Errors</a></p>
    <h1>${problemTitle(code)}</h1>
    <p><span class="status">${status}</span> <code>${code}</code></p>
    <dl class="facts">
      <div>
        <dt>Meaning</dt>
        <dd>${withCode(detail)}.</dd>
      </div>
      <div>
        <dt>What to do</dt>
        <dd>${withCode(adviceOf(type))}</dd>
      </div>
      <div>
        <dt>Send again?</dt>
        <dd>${withCode(RETRIES[retry][1])}</dd>
      </div>
    </dl>
    <h2 id="example">Example</h2>
    ${jsonView(problemExample(type, publicUrl))}
    <h2 id="operations">Operations that return it</h2>
    ${
      answering.length === operations.length
        ? markup`<p>Every operation.</p>`
        : answering.length === 0
          ? markup`<p>No operation declares it: it comes from a layer around them.</p>`
          : operationList(answering)
    }`;
}
