import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { qualifyScope } from '../auth/scopes';
import { type ProblemType, problems, type Violation } from '../http/problem';
import type { Endpoint } from './endpoint';
import { scopes } from './scopes';

/** What the description says beyond the endpoints. */
export interface OpenApiOptions {
  /** The resource server's identifier, which stands before every scope. */
  readonly identifier: string;
  readonly issuer: string;
  /** The API's base URL. */
  readonly publicUrl: string;
  /** The pool domain's token endpoint; without it, the issuer's discovery document stands in. */
  readonly tokenUrl: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const PROBLEM_JSON = 'application/problem+json';
/** The id of an example. */
const REQUEST_ID = '0e8b2f5e-6d0c-4a55-9f5f-6f1d0a1c2b3d';

/** RFC 9457, with the members that this API adds. */
const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z
      .string()
      .max(50)
      .regex(/^[\w' -]+$/)
      .describe('The status in words'),
    status: z.int32().min(400).max(599),
    detail: z.string().max(1000).regex(/^.+$/s).describe('What is wrong, for people'),
    code: z
      .string()
      .max(50)
      .regex(/^[a-z_]+$/)
      .describe('What is wrong, for programs; stable'),
    requestId: z
      .string()
      .max(50)
      .regex(/^[\da-f-]+$/)
      .describe('Under this id the operator finds the request in the log'),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .max(4000)
            .regex(/^#/)
            .describe('JSON Pointer (RFC 6901 §6) into the request body'),
          detail: z.string().max(1000).regex(/^.+$/s),
        }) satisfies z.ZodType<Violation>,
      )
      .max(20)
      .optional()
      .describe('The faults of a request body'),
  })
  .meta({ id: 'Problem' });

/** Faults that any request below `/api` can meet. */
const PROBLEMS_OF_EVERY_ENDPOINT: readonly ProblemType[] = [
  { status: 400, code: 'invalid_request', detail: 'The Authorization header is malformed' },
  { status: 401, code: 'missing_token', detail: 'There is no access token' },
  { status: 401, code: 'invalid_token', detail: 'The access token is not valid' },
  { status: 401, code: 'token_expired', detail: 'The access token has expired' },
  { status: 403, code: 'insufficient_scope', detail: 'The access token lacks a scope' },
  problems.internalError,
  { status: 503, code: 'keys_unavailable', detail: 'Access tokens cannot be verified at the moment' },
  problems.databaseUnavailable,
];
const PROBLEMS_OF_A_QUERY: readonly ProblemType[] = [problems.invalidQuery];
const PROBLEMS_OF_A_BODY: readonly ProblemType[] = [
  problems.malformedBody,
  problems.bodyTooLarge,
  problems.unsupportedMediaType,
  problems.invalidBody,
];

/** Headers that an error has, by its status. */
const HEADERS_OF_STATUS: Readonly<Record<number, readonly (keyof typeof errorHeaders)[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  415: ['Accept'],
  503: ['Retry-After'],
};
const errorHeaders = {
  'WWW-Authenticate': 'What is wrong with the credentials (RFC 6750 §3)',
  Accept: 'The media types that the body may have',
  'Retry-After': 'Seconds after which trying again makes sense',
};

/**
 * The description of the API, OpenAPI 3.1, from its endpoints.
 *
 * @returns a document that can be serialised as JSON
 */
export function openApiDocument(endpoints: readonly Endpoint[], options: OpenApiOptions): Json {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints)
    (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operation(endpoint, options, schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Users API',
      version: '1.0.0',
      summary: 'Users, for third-party systems',
      description:
        'Get an access token from the token endpoint with the client id and secret that you were given ' +
        '(OAuth 2.0 client-credentials grant), keep it for three quarters of its life, and send it with every ' +
        'request: `Authorization: Bearer <token>`. Errors are problem+json (RFC 9457) with a stable `code`.',
      contact: { name: 'The operator of this API', url: `${options.publicUrl}/docs` },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      {
        url: '/',
        description: 'production: the service that this description comes from',
        'x-internal': false,
      },
    ],
    tags: [...new Set(endpoints.map(tagOf))].map((name) => ({ name, description: `Operations on ${name}` })),
    paths,
    components: {
      securitySchemes: { [SECURITY_SCHEME]: securityScheme(options) },
      schemas,
      headers: Object.fromEntries(
        Object.entries({ ...errorHeaders, 'X-Request-Id': 'The id of this request in the log' })
          .map(headerOf)
          .map(([name, header]) => [name, { required: true, ...header }]),
      ),
    },
  };
}

const SECURITY_SCHEME = 'cognito';

function securityScheme({ identifier, issuer, tokenUrl }: OpenApiOptions): Json {
  const description =
    'Amazon Cognito, client-credentials grant. Access tokens are JWTs, verified after RFC8725.';
  if (tokenUrl === undefined)
    return {
      type: 'openIdConnect',
      description,
      openIdConnectUrl: `${issuer}/.well-known/openid-configuration`,
    };
  const qualified = Object.entries(scopes).map(([name, description]) => [
    qualifyScope(identifier, name),
    description,
  ]);
  return {
    type: 'oauth2',
    description,
    flows: { clientCredentials: { tokenUrl, scopes: Object.fromEntries(qualified) as Json } },
  };
}

function operation(
  endpoint: Endpoint,
  { identifier }: OpenApiOptions,
  schemas: Record<string, unknown>,
): Json {
  const { operationId, summary, body, response } = endpoint;
  const qualified = endpoint.scopes.map((scope) => qualifyScope(identifier, scope));
  return {
    operationId,
    summary,
    description: `${summary}. Needs ${qualified.map((scope) => `\`${scope}\``).join(' and ')}.`,
    tags: [tagOf(endpoint)],
    security: [{ [SECURITY_SCHEME]: qualified }],
    parameters: parameters(endpoint, schemas),
    ...(body && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          body.mediaTypes.map((type) => [
            type,
            { schema: toJsonSchema(body.schema, 'input', schemas), example: body.example },
          ]),
        ),
      },
    }),
    responses: {
      [response.status]: {
        description: response.description,
        headers: {
          ...Object.fromEntries(Object.entries(response.headers ?? {}).map(headerOf)),
          ...headerReferences(['X-Request-Id']),
        },
        ...(response.schema && {
          content: { 'application/json': { schema: toJsonSchema(response.schema, 'output', schemas) } },
        }),
      },
      ...errorResponses(endpoint, schemas),
    },
  };
}

function parameters(
  { pathExample = {}, requestHeaders = {}, query }: Endpoint,
  schemas: Record<string, unknown>,
) {
  const ofPath = Object.entries(pathExample).map(([name, example]) => ({
    name,
    in: 'path',
    required: true,
    description: 'As it stands in `id` or `Location`',
    schema: { type: 'string', maxLength: 100, pattern: '^[^/]+$' },
    example,
  }));
  const ofHeader = Object.entries(requestHeaders).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: TEXT,
  }));
  const ofQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = toJsonSchema(schema as z.ZodType, 'input', schemas);
    // What an absent parameter is read as. The schema of the input does not say it.
    const whenAbsent = (schema as z.ZodType).safeParse(undefined).data;
    return { name, in: 'query', description, schema: { ...rest, default: whenAbsent } };
  });
  return [...ofPath, ...ofHeader, ...ofQuery];
}

function errorResponses(endpoint: Endpoint, schemas: Record<string, unknown>): Json {
  const types = [
    ...PROBLEMS_OF_EVERY_ENDPOINT,
    ...(endpoint.query ? PROBLEMS_OF_A_QUERY : []),
    ...(endpoint.body ? PROBLEMS_OF_A_BODY : []),
    ...endpoint.problems,
  ];
  const schema = toJsonSchema(problem, 'output', schemas);
  const statuses = [...new Set(types.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = types.filter((type) => type.status === status);
      return [
        status,
        {
          description: ofStatus.map(({ detail }) => detail).join('; or: '),
          headers: {
            ...headerReferences([...(HEADERS_OF_STATUS[status] ?? []), 'X-Request-Id']),
            // Only where the credentials are what is malformed.
            ...(status === 400 &&
              Object.fromEntries([headerOf(['WWW-Authenticate', errorHeaders['WWW-Authenticate']])])),
          },
          content: { [PROBLEM_JSON]: { schema, examples: Object.fromEntries(ofStatus.map(problemExample)) } },
        },
      ];
    }),
  );
}

function problemExample({ status, code, detail }: ProblemType): [string, Json] {
  const value = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail,
    code,
    requestId: REQUEST_ID,
  };
  return [code, { value }];
}

/** A schema as JSON Schema; those with a name of their own go to the components and are referred to. */
function toJsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, unknown>): Json {
  const text = JSON.stringify(z.toJSONSchema(schema, { io, override: withFormat }));
  const {
    $schema: _,
    $defs = {},
    ...json
  } = JSON.parse(text.replaceAll('#/$defs/', '#/components/schemas/')) as Json;
  Object.assign(schemas, $defs);
  return json;
}

function withFormat({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.type === 'integer') jsonSchema.format ??= 'int32';
}

const TEXT = { type: 'string', maxLength: 1000, pattern: '^.*$' };

function headerOf([name, description]: readonly [string, string]): [string, Json] {
  return [name, { description, schema: TEXT }];
}

function headerReferences(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Operations are grouped by the resource that their path begins with: `/api/v1/<resource>`. */
function tagOf({ path }: Endpoint): string {
  return path.split('/')[3] ?? path;
}
