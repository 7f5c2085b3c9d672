import type { Operation } from './description';
import { markup, type Html, pathCode } from './html';

/** The address of the page with the operations of a tag. */
export function referencePath(tag: string): string {
  return `/docs/reference/${tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
}

/** A link to an operation. */
export function operationLink({ tag, id, method, path, summary }: Operation): Html {
  return markup`<a href="${referencePath(tag)}#${id}">${summary}</a> ${methodAndPath(method, path)}`;
}

/** A list of links to operations. */
export function operationList(operations: readonly Operation[]): Html {
  return markup`<ul>
    ${operations.map((operation) => markup`<li>${operationLink(operation)}</li>`)}
  </ul>`;
}

/** `GET /api/v1/things/{id}`, with the colour of its method. */
export function methodAndPath(method: string, path: string): Html {
  return markup`<span class="operation"
    ><span class="method ${method}">${method}</span> ${pathCode(path)}</span
  >`;
}
