import type { IncomingHttpHeaders } from 'node:http';
import { entityTag, failedPrecondition, versionsOfIfMatch } from '../../http/entity-tag';
import { Problem, type ProblemType } from '../../http/problem';
import { type Endpoint, endpoint, type EndpointResponse } from '../endpoint';
import { newUser, type User, user, userPage, userPatch, userQuery } from './schema';
import type { Obstacle, StoredUser, UserStore, Versions } from './store';

const COLLECTION = '/api/v1/users';
const USER = '/api/v1/users/{id}';

const userNotFound = {
  status: 404,
  code: 'user_not_found',
  detail: 'There is no user with this id',
} as const satisfies ProblemType;
const emailTaken = {
  status: 409,
  code: 'email_taken',
  detail: 'Another user has this e-mail address',
} as const satisfies ProblemType;
const versionMismatch = {
  status: 412,
  code: 'version_mismatch',
  detail: 'The user was changed since; read it again',
} as const satisfies ProblemType;
const problemOf = {
  not_found: userNotFound,
  email_taken: emailTaken,
  version_mismatch: versionMismatch,
} as const satisfies Record<Obstacle, ProblemType>;

const pathExample = { id: '01990000-0000-7000-8000-000000000001' };
const ifNoneMatch = { 'If-None-Match': 'Entity tag of the version that the caller has (RFC 9110 §13.1.2)' };
const ifMatch = { 'If-Match': 'Entity tags of the versions that may be changed, or `*` (RFC 9110 §13.1.1)' };
const example = { email: 'ada@example.com', name: 'Ada Lovelace' };

/** The operations on users. */
export function userEndpoints(users: UserStore): readonly Endpoint[] {
  /** The versions that a change may be made to, by its preconditions. */
  async function versionsToChange(id: string, headers: IncomingHttpHeaders): Promise<Versions> {
    if (headers['if-none-match'] === undefined) return versionsOfIfMatch(headers['if-match']);
    const found = await users.find(id);
    if (!found) throw new Problem(userNotFound);
    if (failedPrecondition(headers, entityTag(found.version))) throw new Problem(versionMismatch);
    return [found.version];
  }

  return [
    endpoint({
      method: 'GET',
      path: COLLECTION,
      operationId: 'listUsers',
      summary: 'List users',
      scopes: ['users.read'],
      query: userQuery,
      response: {
        status: 200,
        description: 'A page of users, in the order of their creation',
        schema: userPage,
        headers: { Link: 'URL of the next page, rel="next" (RFC 8288); absent on the last page' },
      },
      problems: [],
      async handle({ query: { limit, cursor, email } }) {
        // One more than asked for tells whether there is another page.
        const found = await users.list({ limit: limit + 1, after: cursor, email });
        const data = found.slice(0, limit);
        const next = found.length > limit ? data.at(-1)?.id : undefined;
        if (next === undefined) return { body: { data, next: null } };
        // A filter by address leaves at most one user, and so no next page.
        return {
          body: { data, next },
          headers: { Link: `<${COLLECTION}?limit=${limit}&cursor=${next}>; rel="next"` },
        };
      },
    }),

    endpoint({
      method: 'POST',
      path: COLLECTION,
      operationId: 'createUser',
      summary: 'Create a user',
      scopes: ['users.write'],
      body: { schema: newUser, mediaTypes: ['application/json'], example },
      response: {
        status: 201,
        description: 'The user that was created',
        schema: user,
        headers: { Location: 'Path of the user', ETag: 'Version of the user' },
      },
      problems: [emailTaken],
      async handle({ body }) {
        const created = await users.create(body);
        if (created === 'email_taken') throw new Problem(emailTaken);
        const { headers, ...answer } = representation(created);
        return { ...answer, headers: { ...headers, Location: `${COLLECTION}/${created.user.id}` } };
      },
    }),

    endpoint({
      method: 'GET',
      path: USER,
      pathExample,
      operationId: 'getUser',
      summary: 'Read a user',
      scopes: ['users.read'],
      requestHeaders: ifNoneMatch,
      response: {
        status: 200,
        description: 'The user',
        schema: user,
        headers: { ETag: 'Version of the user' },
      },
      problems: [userNotFound],
      async handle({ params }) {
        const found = await users.find(userId(params));
        if (!found) throw new Problem(userNotFound);
        return representation(found);
      },
    }),

    endpoint({
      method: 'PATCH',
      path: USER,
      pathExample,
      operationId: 'updateUser',
      summary: 'Change a user',
      scopes: ['users.write'],
      requestHeaders: ifMatch,
      body: {
        schema: userPatch,
        mediaTypes: ['application/merge-patch+json', 'application/json'],
        example: { name: 'Ada King' },
      },
      response: {
        status: 200,
        description: 'The user as it is now',
        schema: user,
        headers: { ETag: 'Version of the user' },
      },
      problems: [userNotFound, emailTaken, versionMismatch],
      async handle({ params, body, headers }) {
        const id = userId(params);
        const updated = await users.update(id, body, await versionsToChange(id, headers));
        if (typeof updated === 'string') throw new Problem(problemOf[updated]);
        return representation(updated);
      },
    }),

    endpoint({
      method: 'DELETE',
      path: USER,
      pathExample,
      operationId: 'deleteUser',
      summary: 'Delete a user',
      scopes: ['users.write'],
      requestHeaders: ifMatch,
      response: { status: 204, description: 'The user is gone' },
      problems: [userNotFound, versionMismatch],
      async handle({ params, headers }) {
        const id = userId(params);
        const obstacle = await users.delete(id, await versionsToChange(id, headers));
        if (obstacle) throw new Problem(problemOf[obstacle]);
        return {};
      },
    }),
  ];
}

function representation({ user, version }: StoredUser): EndpointResponse<User> {
  return { body: user, headers: { ETag: entityTag(version) } };
}

/** The id of a path. What is not a UUID names no user. */
function userId({ id }: { readonly id: string }): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) throw new Problem(userNotFound);
  return id.toLowerCase();
}
