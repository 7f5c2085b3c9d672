import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Logger } from 'pino';
import type { Caller } from '../auth/caller';
import type { AdmittedClient } from '../clients/admitted-client';
import type { UsageCounts } from '../clients/day-usage';
import type { ProblemType } from '../http/problem';
import type { PathParameter } from './path-parameter';

/** In place of scopes: the endpoint is open to every admitted client, whatever its token holds. */
export const anyClient = Symbol('any client');

/** An operation of the API. Routing, the scope check, validation and the API description all follow from it. */
export interface Endpoint<Scope extends string = string, Store = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path template in OpenAPI's form: `/api/v1/things/{id}`. */
  readonly path: `/api/${string}`;
  readonly operationId: string;
  readonly summary: string;
  /** The token must hold all of these. An endpoint without any does not compile, unless it is open to {@link anyClient}. */
  readonly scopes: readonly [Scope, ...Scope[]] | typeof anyClient;
  /** One for each parameter of the path. */
  readonly params?: Readonly<Record<string, PathParameter>>;
  /** Request headers that the handler reads: name ▶ description. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /**
   * Whether a POST takes `Idempotency-Key`, as all that create ought to. The handler's store is then on the transaction that
   * keeps the key, where a statement that was refused cannot be followed by others.
   */
  readonly acceptsIdempotencyKey?: true;
  /** Schema of the query; parameters that it does not name are refused. */
  readonly query?: z.ZodObject;
  readonly body?: BodyDeclaration<z.ZodType>;
  readonly response: {
    readonly status: 200 | 201 | 204;
    readonly description: string;
    readonly schema?: z.ZodType;
    /** Headers that the response may have: name ▶ description. */
    readonly headers?: Readonly<Record<string, string>>;
    /** What 201 means, where the endpoint also creates: a response like this one, but for its status. */
    readonly created?: string;
  };
  /** Whether callers should leave it for something else. */
  readonly deprecation?: Deprecation;
  /** Problems of this endpoint alone; those that follow from the rest of the declaration are not repeated. */
  readonly problems: readonly ProblemType[];
  /** Handles a request that has passed every check. Throws a Problem where it cannot do what was asked. */
  handle(request: EndpointRequest<Store>): Promise<EndpointResponse>;
}

/** That an operation should not be used any more. */
export interface Deprecation {
  /** The day since which, `YYYY-MM-DD`, UTC: the header `Deprecation`, RFC 9745. */
  readonly since: string;
  /** The day on which it is removed, once that is known: the header `Sunset`, RFC 8594. */
  readonly sunset?: string;
  /** What to use in its place, as a sentence; `` `code` `` is set as code. */
  readonly advice: string;
}

interface BodyDeclaration<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly mediaTypes: readonly [string, ...string[]];
  readonly example: z.input<Schema>;
}

/** A request that has passed authentication, the scope check and validation. */
export interface EndpointRequest<
  Store = unknown,
  Params = Readonly<Record<string, string>>,
  Query = unknown,
  Body = unknown,
> {
  readonly caller: Caller;
  /** The client that the caller's token was issued to. */
  readonly client: AdmittedClient;
  /** What the client has used today, this request included. Does not fail, and rarely waits for PostgreSQL. */
  usageToday(): Promise<UsageCounts>;
  /** As in the log and in `X-Request-Id`. */
  readonly requestId: string;
  /** A log whose lines carry the request's id. */
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** The store of the endpoint's resource, made for this request. */
  readonly store: Store;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: IncomingHttpHeaders;
}

/** What an endpoint answers, with the status that it declares. */
export interface EndpointResponse<Body = unknown> {
  /** Whether the status is 201, where the endpoint declares what that means. */
  readonly created?: boolean;
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The scopes that a token must hold; none where any client may call. */
export function scopesOf({ scopes }: Pick<Endpoint, 'scopes'>): readonly string[] {
  return scopes === anyClient ? [] : scopes;
}

/**
 * Whether the preconditions of a request decide about the response (RFC 9110 §13.1): a read that declares `If-None-Match`.
 * One that does not may have an entity tag for use in changes, and yet more in its response than the tag stands for.
 */
export function isConditional({
  method,
  requestHeaders,
}: Pick<Endpoint, 'method' | 'requestHeaders'>): boolean {
  return method === 'GET' && requestHeaders?.['If-None-Match'] !== undefined;
}

/** Whether an endpoint evaluates preconditions on entity tags, RFC 9110 §13.1. */
export function takesPreconditions({ requestHeaders = {} }: Pick<Endpoint, 'requestHeaders'>): boolean {
  return 'If-Match' in requestHeaders || 'If-None-Match' in requestHeaders;
}

type ParameterNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterNames<Rest>
  : never;

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** An {@link Endpoint} whose handler sees the types of its own schemas and path. */
type TypedEndpoint<
  Scope extends string,
  Store,
  Path extends string,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
  Result extends z.ZodType | undefined,
> = Omit<Endpoint<Scope, Store>, 'path' | 'params' | 'query' | 'body' | 'response' | 'handle'> & {
  readonly path: Path;
  readonly query?: Query;
  readonly body?: Body extends z.ZodType ? BodyDeclaration<Body> : undefined;
  readonly response: Omit<Endpoint['response'], 'schema'> & { readonly schema?: Result };
  handle(
    request: EndpointRequest<
      Store,
      Readonly<Record<ParameterNames<Path>, string>>,
      Output<Query>,
      Output<Body>
    >,
  ): Promise<EndpointResponse<Output<Result>>>;
} & (Path extends `${string}{${string}`
    ? { readonly params: Readonly<Record<ParameterNames<Path>, PathParameter>> }
    : unknown);

/**
 * A function that declares endpoints of one resource. The types of a handler's request and response come from the path
 * and the schemas of its declaration.
 *
 * @typeParam Scope the scopes of the resource
 * @typeParam Store the store of the resource, which each handler receives with its request
 */
export function endpointFactory<Scope extends string, Store>() {
  return function endpoint<
    const Path extends `/api/${string}`,
    Query extends z.ZodObject | undefined = undefined,
    Body extends z.ZodType | undefined = undefined,
    Result extends z.ZodType | undefined = undefined,
  >(declaration: TypedEndpoint<Scope, Store, Path, Query, Body, Result>): Endpoint<Scope, Store> {
    // The router gives the handler only what the declaration's own schemas have accepted.
    return declaration as unknown as Endpoint<Scope, Store>;
  };
}
