import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';
import { requestToken } from './client-credentials.js';
import { resilientFetch } from './resilient-fetch.js';
import type { Settings } from './settings.js';
import { TokenCache } from './token-cache.js';

export type User = components['schemas']['User'];
export type NewUser = components['schemas']['NewUser'];
type Problem = components['schemas']['Problem'];

/** The API has refused a call. Decide by `problem.code`, which is stable. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    const { status, code, detail, requestId, errors = [] } = problem;
    const faults = errors.map((fault) => `\n  ${fault.pointer} ${fault.detail}`).join('');
    super(`${status} ${code}: ${detail} (request ${requestId})${faults}`);
    this.problem = problem;
  }
}

/** The users of the API. Its types come from the API's own description. */
export class UsersApi {
  readonly #client;

  /** @param send sends the requests; the usual one gets tokens with the settings */
  constructor(
    settings: Settings,
    send: (request: Request) => Promise<Response> = resilientFetch(
      new TokenCache(() => requestToken(settings)),
    ),
  ) {
    this.#client = createClient<paths>({ baseUrl: settings.apiUrl, fetch: send });
  }

  /**
   * Every user, in the order of their creation. The next page is fetched when the loop gets there.
   *
   * @throws ApiError
   */
  async *list({ pageSize = 100 } = {}): AsyncGenerator<User, void, undefined> {
    let cursor: string | null = null;
    do {
      const query: { limit: number; cursor?: string } = { limit: pageSize, ...(cursor && { cursor }) };
      const { data: page, error } = await this.#client.GET('/api/v1/users', { params: { query } });
      if (error) throw new ApiError(error);
      yield* page.data;
      cursor = page.next;
    } while (cursor !== null);
  }

  /**
   * Creates a user.
   *
   * @throws ApiError `email_taken`, if there is one of this address
   */
  async create(user: NewUser): Promise<User> {
    const { data, error } = await this.#client.POST('/api/v1/users', { body: user });
    if (error) throw new ApiError(error);
    return data;
  }
}
