import { endpointFactory } from '../../api/endpoint';
import { pageHeaders, readPage } from '../../api/paging';
import { uuidParameter } from '../../api/path-parameter';
import {
  createdHeaders,
  createdResponse,
  ifMatchHeader,
  ifNoneMatchHeader,
  versionedResponse,
  versionHeaders,
  versionsToChange,
} from '../../api/versioned';
import { Problem, problems, type ProblemType } from '../../http/problem';
import type { UserScope } from './resource';
import { newUser, user, userPage, userPatch, userQuery } from './schema';
import type { UserConflict, UserStore } from './store';

const COLLECTION = '/api/v1/users';
const ITEM = '/api/v1/users/{id}';

const userNotFound = {
  status: 404,
  code: 'user_not_found',
  detail: 'No user has this id',
} as const satisfies ProblemType;
const emailTaken = {
  status: 409,
  code: 'email_taken',
  detail: 'Another user has this e-mail address',
  advice: 'Look the user up: `GET /api/v1/users?email=…`',
} as const satisfies ProblemType;
const problemOf = {
  not_found: userNotFound,
  email_taken: emailTaken,
  version_mismatch: problems.versionMismatch,
} as const satisfies Record<UserConflict, ProblemType>;

const endpoint = endpointFactory<UserScope, UserStore>();
const params = { id: uuidParameter(userNotFound) };

export const endpoints = [
  endpoint({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listUsers',
    summary: 'List users',
    scopes: ['users.read'],
    query: userQuery,
    response: {
      status: 200,
      description: 'A page of users, in the order of their ids, which is roughly that of their creation',
      schema: userPage,
      headers: pageHeaders,
    },
    problems: [],
    handle: ({ store, query }) =>
      readPage(COLLECTION, query, (range) => store.list({ ...range, email: query.email })),
  }),

  endpoint({
    method: 'POST',
    path: COLLECTION,
    operationId: 'createUser',
    summary: 'Create a user',
    scopes: ['users.write'],
    acceptsIdempotencyKey: true,
    body: {
      schema: newUser,
      mediaTypes: ['application/json'],
      example: { email: 'ada@example.com', name: 'Ada Lovelace' },
    },
    response: {
      status: 201,
      description: 'The user that was created',
      schema: user,
      headers: createdHeaders,
    },
    problems: [emailTaken],
    async handle({ store, body }) {
      const created = await store.create(body);
      if (created === 'email_taken') throw new Problem(emailTaken);
      return createdResponse(COLLECTION, created);
    },
  }),

  endpoint({
    method: 'GET',
    path: ITEM,
    params,
    operationId: 'getUser',
    summary: 'Read a user',
    scopes: ['users.read'],
    requestHeaders: ifNoneMatchHeader,
    response: { status: 200, description: 'The user', schema: user, headers: versionHeaders },
    problems: [userNotFound],
    async handle({ store, params }) {
      const found = await store.find(params.id);
      if (!found) throw new Problem(userNotFound);
      return versionedResponse(found);
    },
  }),

  endpoint({
    method: 'PATCH',
    path: ITEM,
    params,
    operationId: 'updateUser',
    summary: 'Change a user',
    scopes: ['users.write'],
    requestHeaders: ifMatchHeader,
    body: {
      schema: userPatch,
      mediaTypes: ['application/merge-patch+json', 'application/json'],
      example: { name: 'Ada King' },
    },
    response: { status: 200, description: 'The user as it is now', schema: user, headers: versionHeaders },
    problems: [userNotFound, emailTaken, problems.versionMismatch],
    async handle({ store, params, body, headers }) {
      const versions = await versionsToChange(headers, () => store.find(params.id), userNotFound);
      const updated = await store.update(params.id, body, versions);
      if (typeof updated === 'string') throw new Problem(problemOf[updated]);
      return versionedResponse(updated);
    },
  }),

  endpoint({
    method: 'DELETE',
    path: ITEM,
    params,
    operationId: 'deleteUser',
    summary: 'Delete a user',
    scopes: ['users.write'],
    requestHeaders: ifMatchHeader,
    response: { status: 204, description: 'The user is deleted' },
    problems: [userNotFound, problems.versionMismatch],
    async handle({ store, params, headers }) {
      const versions = await versionsToChange(headers, () => store.find(params.id), userNotFound);
      const conflict = await store.delete(params.id, versions);
      if (conflict) throw new Problem(problemOf[conflict]);
      return {};
    },
  }),
];
