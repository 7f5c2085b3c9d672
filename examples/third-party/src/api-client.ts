import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './api.js';
import { type Problem, toApiError } from './api-error.js';
import { requestToken } from './client-credentials.js';
import { resilientFetch } from './resilient-fetch.js';
import type { Settings } from './settings.js';
import { TokenCache } from './token-cache.js';

/**
 * A client of the API: `api.GET('/api/v1/me')`. What paths there are, and what they take and give, is known from the
 * API's own description.
 *
 * @param send sends the requests; the usual one gets tokens with the settings
 */
export function createApiClient<Paths extends object = paths>(
  settings: Settings,
  send: (request: Request) => Promise<Response> = resilientFetch(
    new TokenCache(() => requestToken(settings)),
  ),
): Client<Paths> {
  return createClient<Paths>({ baseUrl: settings.apiUrl, fetch: send });
}

/**
 * What a call gives.
 *
 * @throws ApiError
 */
export async function dataOf<Data>(
  call: Promise<{ readonly data?: Data; readonly error?: Problem }>,
): Promise<Data> {
  const { data, error } = await call;
  if (error) throw toApiError(error);
  return data as Data;
}

/** A page of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
  /** Cursor of the next page; null on the last. */
  readonly next: string | null;
}

/**
 * Every item of a list, in its order. The next page is fetched when the loop gets there.
 *
 * @param fetchPage fetches the page of a cursor; the first page has none
 */
export async function* itemsOf<Item>(
  fetchPage: (query: { readonly cursor?: string }) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let page = await fetchPage({});
  yield* page.data;
  while (page.next !== null) {
    page = await fetchPage({ cursor: page.next });
    yield* page.data;
  }
}
