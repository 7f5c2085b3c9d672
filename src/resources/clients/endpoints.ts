import { endpointFactory, type EndpointRequest } from '../../api/endpoint';
import { pageHeaders, readPage } from '../../api/paging';
import type { PathParameter } from '../../api/path-parameter';
import {
  ifMatchHeader,
  preconditionOf,
  putHeaders,
  versionedResponse,
  versionHeaders,
} from '../../api/versioned';
import { Problem, problems, type ProblemType } from '../../http/problem';
import type { ClientScope } from './resource';
import {
  client,
  clientDefinition,
  clientEventPage,
  clientEventQuery,
  clientId,
  clientPage,
  clientPatch,
  clientQuery,
  clientUsage,
  clientUsageQuery,
} from './schema';
import type { ChangeRequest, ClientChange, ClientConflict, ClientStore } from './store';
import { usageDays } from './usage-days';

const COLLECTION = '/api/v1/clients';
const ITEM = '/api/v1/clients/{id}';

const clientNotFound = {
  status: 404,
  code: 'client_not_found',
  detail: 'No client has this id',
} as const satisfies ProblemType;
const ownClient = {
  status: 409,
  code: 'own_client',
  detail: 'The client that makes the call cannot shut itself out; use another operator client',
} as const satisfies ProblemType;
const problemOf = {
  not_found: clientNotFound,
  version_mismatch: problems.versionMismatch,
  own_client: ownClient,
} as const satisfies Record<ClientConflict, ProblemType>;

const endpoint = endpointFactory<ClientScope, ClientStore>();
const params: Readonly<Record<'id', PathParameter>> = {
  id: {
    schema: clientId,
    description: '`id` of the app client',
    example: '1example23456789',
    problem: clientNotFound,
  },
};

/** The change that a request asks for. */
function changeOf({ caller, requestId, headers }: EndpointRequest): ChangeRequest {
  const { clientId, subject } = caller;
  return { actor: { clientId, subject }, requestId, precondition: preconditionOf(headers) };
}

/**
 * Logs the event of a change that was made.
 *
 * @throws Problem that says why it was not made
 */
function made(
  { params, log }: Pick<EndpointRequest<ClientStore, { readonly id: string }>, 'params' | 'log'>,
  outcome: ClientChange | ClientConflict,
): ClientChange {
  if (typeof outcome === 'string') throw new Problem(problemOf[outcome]);
  if (outcome.event) log.info({ client: params.id, event: outcome.event }, 'client changed');
  return outcome;
}

export const endpoints = [
  endpoint({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listClients',
    summary: 'List clients',
    scopes: ['clients.read'],
    query: clientQuery,
    response: {
      status: 200,
      description: 'A page of clients, in the order of their ids',
      schema: clientPage,
      headers: pageHeaders,
    },
    problems: [],
    handle: ({ store, query }) => readPage(COLLECTION, query, (range) => store.list(range)),
  }),

  endpoint({
    method: 'PUT',
    path: ITEM,
    params,
    operationId: 'putClient',
    summary: 'Allow a client, or replace what is set for it',
    scopes: ['clients.write'],
    requestHeaders: putHeaders,
    body: { schema: clientDefinition, mediaTypes: ['application/json'], example: { name: 'acme' } },
    response: {
      status: 200,
      description: 'The client as it is now',
      schema: client,
      headers: versionHeaders,
      created: 'The client that was created',
    },
    problems: [clientNotFound, ownClient, problems.versionMismatch],
    async handle(request) {
      const { store, params, body } = request;
      const change = made(request, await store.put(params.id, body, changeOf(request)));
      return { ...versionedResponse(change), created: change.created };
    },
  }),

  endpoint({
    method: 'GET',
    path: ITEM,
    params,
    operationId: 'getClient',
    summary: 'Read a client',
    scopes: ['clients.read'],
    response: { status: 200, description: 'The client', schema: client, headers: versionHeaders },
    problems: [clientNotFound],
    async handle({ store, params }) {
      const found = await store.find(params.id);
      if (!found) throw new Problem(clientNotFound);
      return versionedResponse(found);
    },
  }),

  endpoint({
    method: 'PATCH',
    path: ITEM,
    params,
    operationId: 'updateClient',
    summary: 'Change a client',
    scopes: ['clients.write'],
    requestHeaders: ifMatchHeader,
    body: {
      schema: clientPatch,
      mediaTypes: ['application/merge-patch+json', 'application/json'],
      example: { enabled: false },
    },
    response: {
      status: 200,
      description: 'The client as it is now',
      schema: client,
      headers: versionHeaders,
    },
    problems: [clientNotFound, ownClient, problems.versionMismatch],
    async handle(request) {
      const { store, params, body } = request;
      return versionedResponse(made(request, await store.update(params.id, body, changeOf(request))));
    },
  }),

  endpoint({
    method: 'DELETE',
    path: ITEM,
    params,
    operationId: 'deleteClient',
    summary: 'Delete a client, and revoke its tokens',
    scopes: ['clients.write'],
    requestHeaders: ifMatchHeader,
    response: { status: 204, description: 'The client is deleted' },
    problems: [clientNotFound, ownClient, problems.versionMismatch],
    async handle(request) {
      const { store, params } = request;
      made(request, await store.delete(params.id, changeOf(request)));
      return {};
    },
  }),

  endpoint({
    method: 'POST',
    path: '/api/v1/clients/{id}/revoke-tokens',
    params,
    operationId: 'revokeClientTokens',
    summary: 'Revoke all tokens of a client that were issued so far',
    scopes: ['clients.write'],
    requestHeaders: ifMatchHeader,
    response: {
      status: 200,
      description: 'The client as it is now',
      schema: client,
      headers: versionHeaders,
    },
    problems: [clientNotFound, ownClient, problems.versionMismatch],
    async handle(request) {
      const { store, params } = request;
      return versionedResponse(made(request, await store.revokeTokens(params.id, changeOf(request))));
    },
  }),

  endpoint({
    method: 'GET',
    path: '/api/v1/clients/{id}/events',
    params,
    operationId: 'listClientEvents',
    summary: 'List the changes of a client',
    scopes: ['clients.read'],
    query: clientEventQuery,
    response: {
      status: 200,
      description: 'A page of events, the newest first; also of a client that was deleted',
      schema: clientEventPage,
      headers: pageHeaders,
    },
    problems: [clientNotFound],
    handle: ({ store, params, query }) =>
      readPage(`${COLLECTION}/${params.id}/events`, query, async (range) => {
        const events = await store.events(params.id, range);
        if (events === 'not_found') throw new Problem(clientNotFound);
        return events;
      }),
  }),

  endpoint({
    method: 'GET',
    path: '/api/v1/clients/{id}/usage',
    params,
    operationId: 'readClientUsage',
    summary: 'Read what a client has used, by day',
    scopes: ['clients.read'],
    query: clientUsageQuery,
    response: {
      status: 200,
      description: 'Counts of all tasks, up to two seconds ago; those of 400 days are kept',
      schema: clientUsage,
    },
    problems: [clientNotFound],
    async handle({ store, params, query }) {
      const data = await store.usage(params.id, (today) => usageDays(query, today));
      if (data === 'not_found') throw new Problem(clientNotFound);
      return { body: { data } };
    },
  }),
];
