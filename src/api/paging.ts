import { z } from 'zod';
import type { EndpointResponse } from './endpoint';

const MAX_LIMIT = 100;
const LIMIT = `expected a whole number from 1 to ${MAX_LIMIT}`;

/** The cursor of a page whose items are in the order of their ids: the id of the last item of the page before. */
export const uuidCursor = z.guid('expected a cursor of an earlier page').max(36);

/** Where the first page of such a list begins: before every id. */
export const LEAST_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * The query parameters of a list, to be spread into the schema of its query.
 *
 * @param cursor schema of a cursor: text that identifies the last item of the page before
 */
export function pageQuery<Cursor extends z.ZodType<string>>(cursor: Cursor) {
  return {
    limit: z
      .preprocess(
        (text) => (typeof text === 'string' && /^\d{1,3}$/.test(text) ? Number(text) : text),
        z.int32(LIMIT).min(1, LIMIT).max(MAX_LIMIT, LIMIT),
      )
      .default(20)
      .describe('Most items on a page'),
    cursor: cursor.optional().describe('`next` of the page before'),
  };
}

/**
 * The schema of a page. Its example has the first example of the item, and the cursor of the page after that.
 *
 * @param id its name in the API description
 */
export function pageOf<Item extends z.ZodType<{ readonly id: string }>>(
  id: string,
  item: Item,
  cursor: z.ZodType<string>,
) {
  const examples = (item.meta()?.['examples'] ?? []) as z.output<Item>[];
  return z
    .object({
      data: z.array(item).max(MAX_LIMIT),
      next: cursor.nullable().describe('Cursor of the next page; null on the last'),
    })
    .meta({ id, examples: examples.slice(0, 1).map((example) => ({ data: [example], next: example.id })) });
}

/** The headers of a page. */
export const pageHeaders = {
  Link: 'URL of the next page, rel="next" (RFC 8288); absent on the last page',
};

/** What a caller asks of a page. */
interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Which items a store reads for a page. */
export interface Range {
  /** At most so many items. */
  readonly limit: number;
  /** Only items after the one that this cursor identifies. */
  readonly after?: string | undefined;
}

/**
 * Reads a page and makes its response, with `Link` to the next page.
 *
 * @param path the path of the list
 * @param query its whole query, which the next page has too
 * @param read reads the items of a range from the store
 */
export async function readPage<Item extends { readonly id: string }>(
  path: string,
  query: PageQuery & Readonly<Record<string, string | number | undefined>>,
  read: (range: Range) => Promise<readonly Item[]>,
): Promise<EndpointResponse<{ data: Item[]; next: string | null }>> {
  const { limit, cursor } = query;
  // One more than asked for shows whether there is another page.
  const found = await read({ limit: limit + 1, after: cursor });
  const data = found.slice(0, limit);
  const next = found.length > limit ? data.at(-1)?.id : undefined;
  if (next === undefined) return { body: { data, next: null } };
  const parameters: typeof query = { ...query, cursor: next };
  const nextQuery = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) nextQuery.set(name, String(value));
  return { body: { data, next }, headers: { Link: `<${path}?${nextQuery.toString()}>; rel="next"` } };
}
