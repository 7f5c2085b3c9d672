import type { IRouter, Request, RequestHandler, Response } from 'express';
import type { Caller } from '../auth/caller';
import type { Auth } from '../auth/middleware';
import type { AdmittedClient } from '../clients/admitted-client';
import type { UsageCounts } from '../clients/day-usage';
import type { UsageCounter } from '../clients/usage-counter';
import type { Database } from '../database/database';
import type { Transactional } from '../database/queryable';
import { failedPrecondition, malformedPrecondition } from '../http/entity-tag';
import { methodNotAllowed } from '../http/method-not-allowed';
import { Problem, problems } from '../http/problem';
import { sendJsonText } from '../http/send-json';
import { deprecationHeaders } from './deprecation';
import {
  anyClient,
  type Endpoint,
  type EndpointRequest,
  type EndpointResponse,
  isConditional,
  takesPreconditions,
} from './endpoint';
import {
  applyOnce,
  fingerprintOf,
  IDEMPOTENT_REPLAYED,
  idempotencyKeyOf,
  type KeptResponse,
} from './idempotency';
import type { Resource } from './resource';
import { parseBody, parsePath, parseQuery } from './validation';

const API = '/api';

/** What {@link addResources} needs beside the resources. */
export interface ApiOptions {
  readonly auth: Auth<string>;
  /** Where the stores of the resources keep their data. */
  readonly database: Pick<Database, 'observedBy'>;
  readonly usage: Pick<UsageCounter, 'today'>;
}

/**
 * Adds the API to an application: the endpoints of all resources, each behind authentication and its scopes, and nothing
 * else.
 *
 * A request below `/api` is authenticated before its path is looked at, so that without a valid token an unknown path
 * is indistinguishable from a known one. Then: unknown path 404, unknown method 405 with `Allow`.
 *
 * @throws TypeError if two endpoints have the same method and path
 */
export function addResources(
  app: IRouter,
  resources: readonly Resource[],
  { auth, database, usage }: ApiOptions,
): void {
  app.use(API, auth.authenticate());
  const handlers = resources.flatMap((resource) =>
    resource.endpoints.map((endpoint) => ({
      endpoint,
      handler: handlerOf(endpoint, resource, { database, usage }),
    })),
  );
  for (const path of new Set(handlers.map(({ endpoint }) => endpoint.path))) {
    const group = handlers.filter(({ endpoint }) => endpoint.path === path);
    const methods = group.map(({ endpoint }) => endpoint.method);
    if (new Set(methods).size < methods.length)
      throw new TypeError(`${path} has two endpoints of one method`);
    const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const { endpoint, handler } of group)
      route[toRouteMethod(endpoint)](...deprecation(endpoint), ...authorization(endpoint, auth), handler);
    route.all(methodNotAllowed(methods));
  }
  app.use(API, (_req, _res, next) => next(new Problem(problems.notFound)));
}

function toRouteMethod({ method }: Endpoint) {
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
}

function deprecation({ deprecation: declared }: Endpoint): RequestHandler[] {
  if (!declared) return [];
  const headers = deprecationHeaders(declared);
  return [
    (_req, res, next) => {
      res.set(headers);
      next();
    },
  ];
}

function authorization({ scopes }: Endpoint, auth: Auth<string>): RequestHandler[] {
  return scopes === anyClient ? [] : [auth.requireScopes(...scopes)];
}

function handlerOf(
  endpoint: Endpoint,
  resource: Resource,
  { database, usage }: Pick<ApiOptions, 'database' | 'usage'>,
): RequestHandler {
  const { params, query, body } = endpoint;
  const hasPreconditions = takesPreconditions(endpoint);
  return async (req, res) => {
    const caller = callerOf(req);
    if (hasPreconditions) refuseMalformedPreconditions(req);
    const key = endpoint.acceptsIdempotencyKey && idempotencyKeyOf(req.headers);
    const fingerprint = key === undefined ? undefined : fingerprintOf(req.method, req.originalUrl);
    const parsed = {
      usage,
      params: params ? parsePath(params, req) : {},
      query: parseQuery(query, req),
      body: body && (await parseBody(body, req, fingerprint)),
    };
    req.observer.explain?.('request valid', { operationId: endpoint.operationId });
    const observed = database.observedBy(req.observer);
    const handle = (sql: Transactional) =>
      endpoint.handle(new ParsedRequest(req, caller, { store: resource.store(sql, caller), ...parsed }));
    const { response, isReplay } =
      key === undefined || !fingerprint
        ? { response: toResponse(endpoint, await handle(observed)), isReplay: false }
        : await applyOnce(observed, { caller, key, fingerprint: fingerprint.digest() }, async (transaction) =>
            toResponse(endpoint, await handle(transaction)),
          );
    // It was answered in the meantime, since it took too long.
    if (res.headersSent) return;
    if (isReplay) res.setHeader(IDEMPOTENT_REPLAYED, 'true');
    send(req, res, endpoint, response);
  };
}

/** What a handler is given. What few handlers look at is looked up when they do. */
class ParsedRequest implements EndpointRequest {
  readonly store: unknown;
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller;
  readonly #req: Request;
  readonly #usage: ApiOptions['usage'];

  constructor(
    req: Request,
    caller: Caller,
    {
      store,
      usage,
      params,
      query,
      body,
    }: Pick<EndpointRequest, 'store' | 'params' | 'query' | 'body'> & Pick<ApiOptions, 'usage'>,
  ) {
    this.#req = req;
    this.#usage = usage;
    this.caller = caller;
    this.store = store;
    this.params = params;
    this.query = query;
    this.body = body;
  }

  get client(): AdmittedClient {
    const { admittedClient } = this.#req;
    if (!admittedClient) throw new Error('the client of a caller was not looked up');
    return admittedClient;
  }

  usageToday(): Promise<UsageCounts> {
    return this.#usage.today(this.client.id);
  }

  get requestId(): string {
    return this.#req.id as string;
  }

  get log(): EndpointRequest['log'] {
    return this.#req.log;
  }

  get headers(): EndpointRequest['headers'] {
    return this.#req.headers;
  }
}

function refuseMalformedPreconditions({ headers }: Request): void {
  const name = malformedPrecondition(headers);
  if (name !== undefined)
    throw new Problem(problems.invalidHeader, {
      detail: `${name} is neither * nor a list of entity tags in double quotes`,
    });
}

function toResponse(endpoint: Endpoint, { created, body, headers = {} }: EndpointResponse): KeptResponse {
  const status = created ? 201 : endpoint.response.status;
  return { status, headers, body: body === undefined ? null : JSON.stringify(body) };
}

function send(
  req: Request,
  res: Response,
  endpoint: Endpoint,
  { status, headers, body }: KeptResponse,
): void {
  const failed = failedPreconditionOfRead(req, endpoint, headers['ETag']);
  if (failed === 'If-Match') throw new Problem(problems.preconditionFailed);
  res.statusCode = failed ? 304 : status;
  // Answers are for one caller only. Those of errors say so too.
  res.setHeader('Cache-Control', 'no-store');
  // A deprecated operation has a Link already.
  for (const [name, value] of Object.entries(headers)) res.appendHeader(name, value);
  if (body === null || failed) return void res.end();
  sendJsonText(res, 'application/json; charset=utf-8', body);
}

/** The handler of a write evaluates its preconditions itself, before it changes anything. */
function failedPreconditionOfRead({ headers }: Request, endpoint: Endpoint, tag: string | undefined) {
  return tag === undefined || !isConditional(endpoint) ? undefined : failedPrecondition(headers, tag);
}

/** An endpoint is always behind `authenticate()`. */
function callerOf({ caller }: Request): Caller {
  if (!caller) throw new Error('a request came past authenticate()');
  return caller;
}
