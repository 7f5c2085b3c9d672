import { endpointFactory } from '../../../src/api/endpoint';
import { pageHeaders, readPage } from '../../../src/api/paging';
import { uuidParameter } from '../../../src/api/path-parameter';
import {
  createdHeaders,
  createdResponse,
  ifMatchHeader,
  ifNoneMatchHeader,
  versionedResponse,
  versionHeaders,
  versionsToChange,
} from '../../../src/api/versioned';
import { Problem, problems, type ProblemType } from '../../../src/http/problem';
import type { ThingScope } from './resource';
import { newThing, thing, thingPage, thingPatch, thingQuery } from './schema';
import type { ThingStore } from './store';

const COLLECTION = '/api/v1/things';
const ITEM = '/api/v1/things/{id}';

const thingNotFound = {
  status: 404,
  code: 'thing_not_found',
  detail: 'No thing has this id',
} as const satisfies ProblemType;
const labelTaken = {
  status: 409,
  code: 'label_taken',
  detail: 'Another thing has this label',
} as const satisfies ProblemType;
const problemOf = {
  not_found: thingNotFound,
  label_taken: labelTaken,
  version_mismatch: problems.versionMismatch,
} as const;

const endpoint = endpointFactory<ThingScope, ThingStore>();
const params = { id: uuidParameter(thingNotFound) };

export const endpoints = [
  endpoint({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listThings',
    summary: 'List things',
    scopes: ['things.read'],
    query: thingQuery,
    response: { status: 200, description: 'A page of things', schema: thingPage, headers: pageHeaders },
    problems: [],
    handle: ({ store, query }) =>
      readPage(COLLECTION, query, (range) => store.list({ ...range, label: query.label })),
  }),

  endpoint({
    method: 'POST',
    path: COLLECTION,
    operationId: 'createThing',
    summary: 'Create a thing',
    scopes: ['things.write'],
    acceptsIdempotencyKey: true,
    body: { schema: newThing, mediaTypes: ['application/json'], example: { label: 'Lamp' } },
    response: {
      status: 201,
      description: 'The thing that was created',
      schema: thing,
      headers: createdHeaders,
    },
    problems: [labelTaken],
    async handle({ store, body }) {
      const created = await store.create(body);
      if (created === 'label_taken') throw new Problem(labelTaken);
      return createdResponse(COLLECTION, created);
    },
  }),

  endpoint({
    method: 'GET',
    path: ITEM,
    params,
    operationId: 'getThing',
    summary: 'Read a thing',
    scopes: ['things.read'],
    requestHeaders: ifNoneMatchHeader,
    response: { status: 200, description: 'The thing', schema: thing, headers: versionHeaders },
    problems: [thingNotFound],
    async handle({ store, params }) {
      const found = await store.find(params.id);
      if (!found) throw new Problem(thingNotFound);
      return versionedResponse(found);
    },
  }),

  endpoint({
    method: 'PATCH',
    path: ITEM,
    params,
    operationId: 'updateThing',
    summary: 'Change a thing',
    scopes: ['things.write'],
    requestHeaders: ifMatchHeader,
    body: {
      schema: thingPatch,
      mediaTypes: ['application/merge-patch+json', 'application/json'],
      example: { label: 'Desk' },
    },
    response: { status: 200, description: 'The thing as it is now', schema: thing, headers: versionHeaders },
    problems: [thingNotFound, labelTaken, problems.versionMismatch],
    async handle({ store, params, body, headers }) {
      const versions = await versionsToChange(headers, () => store.find(params.id), thingNotFound);
      const updated = await store.update(params.id, body, versions);
      if (typeof updated === 'string') throw new Problem(problemOf[updated]);
      return versionedResponse(updated);
    },
  }),

  endpoint({
    method: 'DELETE',
    path: ITEM,
    params,
    operationId: 'deleteThing',
    summary: 'Delete a thing',
    scopes: ['things.write'],
    requestHeaders: ifMatchHeader,
    response: { status: 204, description: 'The thing is deleted' },
    problems: [thingNotFound, problems.versionMismatch],
    async handle({ store, params, headers }) {
      const versions = await versionsToChange(headers, () => store.find(params.id), thingNotFound);
      const conflict = await store.delete(params.id, versions);
      if (conflict) throw new Problem(problemOf[conflict]);
      return {};
    },
  }),
];
