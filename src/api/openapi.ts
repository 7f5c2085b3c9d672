import type { z } from 'zod';
import { qualifyScope } from '../auth/scopes';
import { type Endpoint, isConditional, scopesOf } from './endpoint';
import { IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED } from './idempotency';
import { deprecationHeaderDescriptions, deprecationHeaders, deprecationNotice } from './deprecation';
import { headerOf, type Json, type NamedSchemas, TEXT, toJsonSchema } from './json-schema';
import { type Components, errorHeaders, headerReferences, problemResponses } from './problem-responses';
import { rateLimitHeaders } from './rate-limit-headers';
import type { Resource } from './resource';
import { scopeCatalogue } from './scopes';

/** What the description says about the API as a whole. */
export interface About {
  readonly title: string;
  /** Of the API, not of the service. */
  readonly version: string;
  readonly summary: string;
  /** Name of who answers questions about the API. */
  readonly contact: string;
  readonly license: { readonly name: string; readonly identifier: string };
}

/** What the description says beyond the resources. */
export interface OpenApiOptions {
  readonly about: About;
  /** The resource server's identifier, which stands before every scope. */
  readonly identifier: string;
  readonly issuer: string;
  /** The API's base URL. */
  readonly publicUrl: string;
  /** The pool domain's token endpoint; without it, the issuer's discovery document stands in. */
  readonly tokenUrl: string | undefined;
}

/**
 * The description of the API, OpenAPI 3.1, from its resources.
 *
 * @returns a document that can be serialised as JSON
 */
export function openApiDocument(resources: readonly Resource[], options: OpenApiOptions): Json {
  const { about } = options;
  const components: Components = { schemas: {}, responses: {} };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const resource of resources)
    for (const endpoint of resource.endpoints)
      (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operation(
        endpoint,
        tagOf(resource).name,
        options,
        components,
      );
  return {
    openapi: '3.1.0',
    info: {
      title: about.title,
      version: about.version,
      summary: about.summary,
      description:
        'Get an access token from the token endpoint with the client id and secret that you were given ' +
        '(OAuth 2.0 client-credentials grant), keep it for three quarters of its life, and send it with every ' +
        'request in the `Authorization` header. Errors are problem+json (RFC 9457) with a stable `code`.',
      contact: { name: about.contact, url: `${options.publicUrl}/docs` },
      license: about.license,
    },
    servers: [
      {
        url: options.publicUrl,
        description: 'production: the service that this description comes from',
        'x-internal': false,
      },
    ],
    tags: [...new Map(resources.map(tagOf).map((tag) => [tag.name, tag])).values()],
    paths,
    components: {
      securitySchemes: { [SECURITY_SCHEME]: securityScheme(resources, options) },
      ...components,
      headers: {
        ...Object.fromEntries(
          Object.entries({ ...errorHeaders, 'X-Request-Id': 'The id of this request in the log' })
            .map(headerOf)
            .map(([name, header]) => [name, { required: true, ...header }]),
        ),
        ...rateLimitHeaders,
      },
    },
  };
}

function tagOf({ name, forOperators }: Resource): { readonly name: string; readonly description: string } {
  return forOperators
    ? { name: 'Operators', description: 'Operations for those who run the API' }
    : { name, description: `Operations on ${name}` };
}

const SECURITY_SCHEME = 'cognito';

function securityScheme(
  resources: readonly Resource[],
  { identifier, issuer, tokenUrl }: OpenApiOptions,
): Json {
  const description =
    'Amazon Cognito, client-credentials grant. Access tokens are JWTs, verified after RFC8725.';
  if (tokenUrl === undefined)
    return {
      type: 'openIdConnect',
      description,
      openIdConnectUrl: `${issuer}/.well-known/openid-configuration`,
    };
  const qualified = Object.entries(scopeCatalogue(resources)).map(([name, { description }]) => [
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
  tag: string,
  { identifier, publicUrl }: OpenApiOptions,
  components: Components,
): Json {
  const { schemas } = components;
  const { operationId, summary, body, response, deprecation } = endpoint;
  const qualified = scopesOf(endpoint).map((scope) => qualifyScope(identifier, scope));
  const needed = qualified.map((scope) => `\`${scope}\``).join(' and ');
  const headers = {
    ...Object.fromEntries(Object.entries(headerDescriptions(endpoint)).map(headerOf)),
    ...(endpoint.acceptsIdempotencyKey && idempotentReplayed),
    ...headerReferences(['X-Request-Id', ...Object.keys(rateLimitHeaders)]),
  };
  const success = (description: string): Json => ({
    description,
    headers,
    ...(response.schema && {
      content: { 'application/json': { schema: toJsonSchema(response.schema, 'output', schemas) } },
    }),
  });
  return {
    operationId,
    summary,
    description: `${summary}. Needs ${needed || 'no scope'}.${deprecation ? ` ${deprecationNotice(deprecation)}` : ''}`,
    ...(deprecation && { deprecated: true, 'x-deprecation': deprecationNotice(deprecation) }),
    tags: [tag],
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
      [response.status]: success(response.description),
      ...(response.created !== undefined && { 201: success(response.created) }),
      ...(isConditional(endpoint) && {
        304: { description: 'The caller has this version already', headers },
      }),
      ...problemResponses(endpoint, components, publicUrl),
    },
  };
}

/** What the headers of an answer mean: those of the declaration, and those of its deprecation. */
function headerDescriptions({ response, deprecation }: Endpoint): Readonly<Record<string, string>> {
  const { headers = {} } = response;
  if (!deprecation) return headers;
  const added = Object.keys(deprecationHeaders(deprecation)).map((name) => [
    name,
    [headers[name], deprecationHeaderDescriptions[name]].filter(Boolean).join('. '),
  ]);
  return { ...headers, ...(Object.fromEntries(added) as Record<string, string>) };
}

function parameters(
  { params = {}, requestHeaders = {}, acceptsIdempotencyKey, query }: Endpoint,
  schemas: NamedSchemas,
) {
  const ofPath = Object.entries(params).map(([name, { schema, description, example }]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: toJsonSchema(schema, 'input', schemas),
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
  return [...ofPath, ...ofHeader, ...(acceptsIdempotencyKey ? [idempotencyKey] : []), ...ofQuery];
}

const idempotencyKey = {
  name: IDEMPOTENCY_KEY,
  in: 'header',
  description:
    'Makes the request safe to send again: a key of your own for each new effect, such as a random UUID, and the same ' +
    'key for each repetition. A repetition gets the response to the first request that succeeded. Kept for at least ' +
    '24 hours',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  example: '7f1d9c1e-0d4e-4c3b-9a52-6a1f0e6c2b11',
};

const idempotentReplayed = {
  [IDEMPOTENT_REPLAYED]: {
    description: `This is the response to an earlier request with the same ${IDEMPOTENCY_KEY}`,
    schema: { type: 'string', enum: ['true'] },
  },
};
