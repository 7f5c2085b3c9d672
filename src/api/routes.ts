import type { IRouter, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Caller } from '../auth/caller';
import type { Auth } from '../auth/middleware';
import { failedPrecondition } from '../http/entity-tag';
import { endWithJson } from '../http/json-answer';
import { readJsonBody } from '../http/json-body';
import { methodNotAllowed } from '../http/method-not-allowed';
import { MAX_VIOLATIONS, Problem, problems, type Violation } from '../http/problem';
import type { Endpoint, EndpointResponse } from './endpoint';
import type { ScopeName } from './scopes';

const API = '/api';

/**
 * Adds the API to an application: every endpoint behind authentication and its scopes, and nothing else.
 *
 * Below `/api` a request is authenticated before its path is looked at, so that without a valid token an unknown path
 * cannot be told from a known one. Then: unknown path 404, unknown method 405 with `Allow`.
 *
 * @throws TypeError if two endpoints have the same method and path
 */
export function addRoutes(app: IRouter, endpoints: readonly Endpoint[], auth: Auth<ScopeName>): void {
  app.use(belowApi(auth.authenticate()));
  for (const path of new Set(endpoints.map((endpoint) => endpoint.path))) {
    const group = endpoints.filter((endpoint) => endpoint.path === path);
    const methods = group.map(({ method }) => method);
    if (new Set(methods).size < methods.length)
      throw new TypeError(`${path} has two endpoints of one method`);
    const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const endpoint of group)
      route[toRouteMethod(endpoint)](auth.requireScopes(...endpoint.scopes), handlerOf(endpoint));
    route.all(methodNotAllowed(methods));
  }
  app.use(belowApi((_req, _res, next) => next(new Problem(problems.notFound))));
}

/** As `use('/api', handler)`, which would rewrite the URL of each request and back. */
function belowApi(handler: RequestHandler): RequestHandler {
  return (req, res, next) => {
    const { path } = req;
    return path === API || path.startsWith(`${API}/`) ? handler(req, res, next) : next();
  };
}

function toRouteMethod({ method }: Endpoint) {
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
}

function handlerOf({ query, body, response, handle }: Endpoint): RequestHandler {
  return async (req, res) => {
    const answer = await handle({
      caller: callerOf(req),
      params: req.params as Record<string, string>,
      query: query && parseQuery(query, req),
      body: body && (await parseBody(body, req)),
      headers: req.headers,
    });
    send(req, res, response.status, answer);
  };
}

function send(req: Request, res: Response, status: number, { body, headers = {} }: EndpointResponse): void {
  // Answered in the meantime, since it took too long.
  if (res.headersSent) return;
  const failed = failedOfRead(req, headers['ETag']);
  if (failed === 'If-Match') throw new Problem(problems.preconditionFailed);
  res.statusCode = failed ? 304 : status;
  // Answers are for one caller only. Those of errors say so too.
  res.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (body === undefined || failed) return void res.end();
  endWithJson(res, 'application/json; charset=utf-8', body);
}

/** The handler of a write evaluates its preconditions itself, before it changes anything. */
function failedOfRead({ method, headers }: Request, tag: string | undefined) {
  if (tag === undefined || (method !== 'GET' && method !== 'HEAD')) return undefined;
  return failedPrecondition(headers, tag);
}

/** An endpoint always stands behind `authenticate()`. */
function callerOf({ caller }: Request): Caller {
  if (!caller) throw new Error('a request came past authenticate()');
  return caller;
}

function parseQuery(schema: z.ZodType, req: Request): unknown {
  const { success, data, error } = schema.safeParse(req.query);
  if (success) return data;
  const detail = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new Problem(problems.invalidQuery, { detail });
}

async function parseBody(
  { schema, mediaTypes }: NonNullable<Endpoint['body']>,
  req: Request,
): Promise<unknown> {
  const { success, data, error } = schema.safeParse(await readJsonBody(req, mediaTypes));
  if (success) return data;
  const violations = error.issues.flatMap(toViolations).slice(0, MAX_VIOLATIONS);
  throw new Problem(problems.invalidBody, { errors: violations });
}

function toViolations(issue: z.core.$ZodIssue): Violation[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: toPointer(issue.path), detail: issue.message }];
  return issue.keys.map((key) => ({
    pointer: toPointer([...issue.path, key]),
    detail: 'There is no such member',
  }));
}

/** RFC 6901 §6. Names are escaped, and cut so that an answer stays small. */
function toPointer(path: readonly PropertyKey[]): string {
  const tokens = path.map((part) => String(part).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...tokens.map((token) => encodeURIComponent(token.toWellFormed()))].join('/');
}
