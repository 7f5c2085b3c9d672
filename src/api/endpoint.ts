import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Caller } from '../auth/caller';
import type { ProblemType } from '../http/problem';
import type { ScopeName } from './scopes';

/** An operation of the API, from which routing, the scope check, validation and everything that describes it come. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path template in OpenAPI's form: `/api/v1/users/{id}`. */
  readonly path: `/api/${string}`;
  readonly operationId: string;
  readonly summary: string;
  /** The token must hold all of these. An endpoint without any does not compile. */
  readonly scopes: readonly [ScopeName, ...ScopeName[]];
  /** Values that may stand for the path's parameters, for documents and tests. */
  readonly pathExample?: Readonly<Record<string, string>>;
  /** Request headers that the handler looks at: name ▶ description. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** Schema of the query; parameters that it does not name are ignored. */
  readonly query?: z.ZodObject;
  readonly body?: BodyDeclaration<z.ZodType>;
  readonly response: {
    readonly status: 200 | 201 | 204;
    readonly description: string;
    readonly schema?: z.ZodType;
    /** Headers that the answer may have: name ▶ description. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** What can go wrong beyond that which can go wrong with every endpoint. */
  readonly problems: readonly ProblemType[];
  /** Does the work. Throws a Problem where it cannot. */
  readonly handle: (request: EndpointRequest) => Promise<EndpointResponse>;
}

interface BodyDeclaration<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly mediaTypes: readonly [string, ...string[]];
  readonly example: z.input<Schema>;
}

/** A request that has passed authentication, the scope check and validation. */
export interface EndpointRequest<Params = Readonly<Record<string, string>>, Query = unknown, Body = unknown> {
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: IncomingHttpHeaders;
}

/** What an endpoint answers, with the status that it declares. */
export interface EndpointResponse<Body = unknown> {
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string>>;
}

type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Readonly<Record<Name, string>> & Parameters<Rest>
  : unknown;

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** An {@link Endpoint} whose handler sees the types of its own schemas and path. */
type TypedEndpoint<
  Path extends string,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
  Result extends z.ZodType | undefined,
> = Omit<Endpoint, 'path' | 'pathExample' | 'query' | 'body' | 'response' | 'handle'> & {
  readonly path: Path;
  readonly query?: Query;
  readonly body?: Body extends z.ZodType ? BodyDeclaration<Body> : undefined;
  readonly response: Omit<Endpoint['response'], 'schema'> & { readonly schema?: Result };
  readonly handle: (
    request: EndpointRequest<Parameters<Path>, Output<Query>, Output<Body>>,
  ) => Promise<EndpointResponse<Output<Result>>>;
} & (Path extends `${string}{${string}` ? { readonly pathExample: Parameters<Path> } : unknown);

/** Declares an endpoint; the types of its handler's request and answer come from the path and the schemas. */
export function endpoint<
  const Path extends `/api/${string}`,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Result extends z.ZodType | undefined = undefined,
>(declaration: TypedEndpoint<Path, Query, Body, Result>): Endpoint {
  // The router gives the handler what the declaration's own schemas have let through.
  return declaration as unknown as Endpoint;
}
