/** The parts of an OpenAPI 3.1 document that the portal shows. */
export interface ApiDescription {
  readonly info: { readonly title: string; readonly summary: string; readonly version: string };
  readonly servers: readonly [{ readonly url: string }];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly securitySchemes: { readonly cognito: SecurityScheme };
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, DescribedResponse>>;
    readonly headers: Readonly<Record<string, DescribedHeader>>;
  };
}

interface SecurityScheme {
  readonly openIdConnectUrl?: string;
  readonly flows?: {
    readonly clientCredentials: {
      readonly tokenUrl: string;
      readonly scopes: Readonly<Record<string, string>>;
    };
  };
}

interface DescribedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly [string];
  readonly security: readonly [Readonly<Record<string, readonly string[]>>];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, DescribedResponse | Reference>>;
  readonly 'x-deprecation'?: string;
}

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  readonly example?: unknown;
}

interface DescribedResponse {
  readonly description: string;
  readonly headers: Readonly<Record<string, DescribedHeader | Reference>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

interface DescribedHeader {
  readonly description: string;
}

interface MediaType {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Reference {
  readonly $ref: string;
}

/** A schema of JSON Schema 2020-12, as far as zod makes them. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** An operation with everything that its references lead to. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** Qualified. */
  readonly scopes: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body: { readonly mediaTypes: readonly string[]; readonly content: MediaType } | undefined;
  /** Those that are no errors. */
  readonly responses: readonly OperationResponse[];
  /** The codes of the errors that it can answer with. */
  readonly codes: readonly string[];
  /** Since when it is deprecated, and what to use in its place; `undefined` where it is not. */
  readonly deprecation: string | undefined;
}

/** An answer of an operation that is no error. */
export interface OperationResponse {
  readonly status: number;
  readonly description: string;
  readonly headers: readonly { readonly name: string; readonly description: string }[];
  readonly content: MediaType | undefined;
}

/** The operations of a description, in its order. */
export function operationsOf(description: ApiDescription): readonly Operation[] {
  const { responses, headers } = description.components;
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const answers = Object.entries(operation.responses).map(([status, response]) => {
        const { description, headers, content = {} } = resolve(response, responses);
        return { status: Number(status), description, headers, contents: Object.values(content) };
      });
      const bodies = operation.requestBody?.content ?? {};
      const [content] = Object.values(bodies);
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        summary: operation.summary,
        tag: operation.tags[0],
        scopes: Object.values(operation.security[0]).flat(),
        parameters: operation.parameters,
        body: content && { mediaTypes: Object.keys(bodies), content },
        responses: answers
          .filter(({ status }) => status < 400)
          .map(({ status, description, headers: described, contents }) => ({
            status,
            description,
            headers: Object.entries(described).map(([name, header]) => ({
              name,
              description: resolve(header, headers).description,
            })),
            content: contents[0],
          })),
        codes: answers
          .filter(({ status }) => status >= 400)
          .flatMap(({ contents }) => contents)
          .flatMap(({ examples = {} }) => Object.keys(examples)),
        deprecation: operation['x-deprecation'],
      };
    }),
  );
}

function resolve<Part extends object>(part: Part | Reference, parts: Readonly<Record<string, Part>>): Part {
  if (!('$ref' in part)) return part;
  const name = part.$ref.slice(part.$ref.lastIndexOf('/') + 1);
  const found = parts[name];
  if (!found) throw new Error(`the description has no ${part.$ref}`);
  return found;
}

/** The schema that a schema refers to, with its name; the schema itself where it refers to none. */
export function resolveSchema(
  schema: Schema,
  { components }: ApiDescription,
): { readonly schema: Schema; readonly name: string | undefined } {
  if (schema.$ref === undefined) return { schema, name: undefined };
  const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  return { schema: resolve<Schema>({ $ref: schema.$ref }, components.schemas), name };
}

/**
 * A value that fits a schema: its example, or one that is made of the examples of its parts.
 *
 * @param around names of the schemas around it: one that contains itself ends with `null`
 */
export function exampleOf(
  schema: Schema,
  description: ApiDescription,
  around: readonly string[] = [],
): unknown {
  const { schema: found, name } = resolveSchema(schema, description);
  if (found.examples) return found.examples[0];
  if (name !== undefined && around.includes(name)) return null;
  const ofPart = (part: Schema) =>
    exampleOf(part, description, name === undefined ? around : [...around, name]);
  if (found.const !== undefined) return found.const;
  if (found.default !== undefined) return found.default;
  if (found.enum) return found.enum[0];
  const [alternative] = found.anyOf ?? found.oneOf ?? [];
  if (alternative) return ofPart(alternative);
  if (found.allOf) return Object.assign({}, ...found.allOf.map(ofPart)) as unknown;
  return exampleOfType(found, ofPart);
}

const EXAMPLES_OF_FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-11-26T08:00:00.000Z',
  date: '2026-11-26',
  email: 'ada@example.com',
  uuid: '01990000-0000-7000-8000-000000000001',
  uri: 'https://example.com',
};

function exampleOfType(
  { type, format = '', properties = {}, items, minimum = 0 }: Schema,
  ofPart: (part: Schema) => unknown,
): unknown {
  switch (type) {
    case 'object':
      return Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, ofPart(part)]));
    case 'array':
      return items ? [ofPart(items)] : [];
    case 'string':
      return EXAMPLES_OF_FORMATS[format] ?? 'text';
    case 'integer':
    case 'number':
      return minimum;
    case 'boolean':
      return true;
    default:
      return null;
  }
}
