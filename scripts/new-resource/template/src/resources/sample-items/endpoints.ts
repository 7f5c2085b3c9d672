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
  type WriteConflict,
} from '../../api/versioned';
import { Problem, problems, type ProblemType } from '../../http/problem';
import type { SampleItemScope } from './resource';
import {
  example,
  newSampleItem,
  sampleItem,
  sampleItemPage,
  sampleItemPatch,
  sampleItemQuery,
} from './schema';
import type { SampleItemStore } from './store';

const COLLECTION = '/api/v1/sample-items';
const ITEM = '/api/v1/sample-items/{id}';

const sampleItemNotFound = {
  status: 404,
  code: 'sample_item_not_found',
  detail: 'No sample item has this id',
} as const satisfies ProblemType;
const problemOf = {
  not_found: sampleItemNotFound,
  version_mismatch: problems.versionMismatch,
} as const satisfies Record<WriteConflict, ProblemType>;

const endpoint = endpointFactory<SampleItemScope, SampleItemStore>();
const params = { id: uuidParameter(sampleItemNotFound) };

export const endpoints = [
  endpoint({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listSampleItems',
    summary: 'List sample items',
    scopes: ['sample-items.read'],
    query: sampleItemQuery,
    response: {
      status: 200,
      description:
        'A page of sample items, in the order of their ids, which is roughly that of their creation',
      schema: sampleItemPage,
      headers: pageHeaders,
    },
    problems: [],
    handle: ({ store, query }) => readPage(COLLECTION, query, (range) => store.list(range)),
  }),

  endpoint({
    method: 'POST',
    path: COLLECTION,
    operationId: 'createSampleItem',
    summary: 'Create a sample item',
    scopes: ['sample-items.write'],
    acceptsIdempotencyKey: true,
    body: { schema: newSampleItem, mediaTypes: ['application/json'], example },
    response: {
      status: 201,
      description: 'The sample item that was created',
      schema: sampleItem,
      headers: createdHeaders,
    },
    problems: [],
    handle: async ({ store, body }) => createdResponse(COLLECTION, await store.create(body)),
  }),

  endpoint({
    method: 'GET',
    path: ITEM,
    params,
    operationId: 'getSampleItem',
    summary: 'Read a sample item',
    scopes: ['sample-items.read'],
    requestHeaders: ifNoneMatchHeader,
    response: { status: 200, description: 'The sample item', schema: sampleItem, headers: versionHeaders },
    problems: [sampleItemNotFound],
    async handle({ store, params }) {
      const found = await store.find(params.id);
      if (!found) throw new Problem(sampleItemNotFound);
      return versionedResponse(found);
    },
  }),

  endpoint({
    method: 'PATCH',
    path: ITEM,
    params,
    operationId: 'updateSampleItem',
    summary: 'Change a sample item',
    scopes: ['sample-items.write'],
    requestHeaders: ifMatchHeader,
    body: {
      schema: sampleItemPatch,
      mediaTypes: ['application/merge-patch+json', 'application/json'],
      example,
    },
    response: {
      status: 200,
      description: 'The sample item as it is now',
      schema: sampleItem,
      headers: versionHeaders,
    },
    problems: [sampleItemNotFound, problems.versionMismatch],
    async handle({ store, params, body, headers }) {
      const versions = await versionsToChange(headers, () => store.find(params.id), sampleItemNotFound);
      const updated = await store.update(params.id, body, versions);
      if (typeof updated === 'string') throw new Problem(problemOf[updated]);
      return versionedResponse(updated);
    },
  }),

  endpoint({
    method: 'DELETE',
    path: ITEM,
    params,
    operationId: 'deleteSampleItem',
    summary: 'Delete a sample item',
    scopes: ['sample-items.write'],
    requestHeaders: ifMatchHeader,
    response: { status: 204, description: 'The sample item is deleted' },
    problems: [sampleItemNotFound, problems.versionMismatch],
    async handle({ store, params, headers }) {
      const versions = await versionsToChange(headers, () => store.find(params.id), sampleItemNotFound);
      const conflict = await store.delete(params.id, versions);
      if (conflict) throw new Problem(problemOf[conflict]);
      return {};
    },
  }),
];
