import type { IRouter, Request, RequestHandler, Response } from 'express';
import type { Caller } from '../auth/caller';
import type { Auth } from '../auth/middleware';
import type { Database } from '../database/database';
import { failedPrecondition } from '../http/entity-tag';
import { methodNotAllowed } from '../http/method-not-allowed';
import { Problem, problems } from '../http/problem';
import { sendJson } from '../http/send-json';
import type { Endpoint, EndpointResponse } from './endpoint';
import type { Resource } from './resource';
import { parseBody, parsePath, parseQuery } from './validation';

const API = '/api';

/** What {@link addResources} needs beside the resources. */
export interface ApiOptions {
  readonly auth: Auth<string>;
  /** Where the stores of the resources keep their data. */
  readonly database: Database;
}

/**
 * Adds the API to an application: the endpoints of all resources, each behind authentication and its scopes, and nothing
 * else.
 *
 * A request below `/api` is authenticated before its path is looked at, so that without a valid token an unknown path
 * cannot be told from a known one. Then: unknown path 404, unknown method 405 with `Allow`.
 *
 * @throws TypeError if two endpoints have the same method and path
 */
export function addResources(
  app: IRouter,
  resources: readonly Resource[],
  { auth, database }: ApiOptions,
): void {
  app.use(API, auth.authenticate());
  const handlers = resources.flatMap((resource) => {
    const store = resource.store(database);
    return resource.endpoints.map((endpoint) => ({ endpoint, handler: handlerOf(endpoint, store) }));
  });
  for (const path of new Set(handlers.map(({ endpoint }) => endpoint.path))) {
    const group = handlers.filter(({ endpoint }) => endpoint.path === path);
    const methods = group.map(({ endpoint }) => endpoint.method);
    if (new Set(methods).size < methods.length)
      throw new TypeError(`${path} has two endpoints of one method`);
    const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const { endpoint, handler } of group)
      route[toRouteMethod(endpoint)](auth.requireScopes(...endpoint.scopes), handler);
    route.all(methodNotAllowed(methods));
  }
  app.use(API, (_req, _res, next) => next(new Problem(problems.notFound)));
}

function toRouteMethod({ method }: Endpoint) {
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
}

function handlerOf(endpoint: Endpoint, store: unknown): RequestHandler {
  const { params, query, body, response } = endpoint;
  return async (req, res) => {
    const answer = await endpoint.handle({
      caller: callerOf(req),
      store,
      params: params ? parsePath(params, req) : {},
      query: query && parseQuery(query, req),
      body: body && (await parseBody(body, req)),
      headers: req.headers,
    });
    send(req, res, response.status, answer);
  };
}

function send(req: Request, res: Response, status: number, { body, headers = {} }: EndpointResponse): void {
  // It was answered in the meantime, since it took too long.
  if (res.headersSent) return;
  const failed = failedPreconditionOfRead(req, headers['ETag']);
  if (failed === 'If-Match') throw new Problem(problems.preconditionFailed);
  res.statusCode = failed ? 304 : status;
  // Answers are for one caller only. Those of errors say so too.
  res.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (body === undefined || failed) return void res.end();
  sendJson(res, 'application/json; charset=utf-8', body);
}

/** The handler of a write evaluates its preconditions itself, before it changes anything. */
function failedPreconditionOfRead({ method, headers }: Request, tag: string | undefined) {
  if (tag === undefined || (method !== 'GET' && method !== 'HEAD')) return undefined;
  return failedPrecondition(headers, tag);
}

/** An endpoint is always behind `authenticate()`. */
function callerOf({ caller }: Request): Caller {
  if (!caller) throw new Error('a request came past authenticate()');
  return caller;
}
