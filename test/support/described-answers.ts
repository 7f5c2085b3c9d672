import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Response } from 'supertest';

/** The part of an OpenAPI document that says what answers look like. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, DescribedResponse>>;
  readonly requestBody?: Content;
}

interface Content {
  readonly content?: Readonly<Record<string, unknown>>;
}

interface DescribedResponse extends Content {
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** What is looked at of an answer. */
export type Answer = Pick<Response, 'status' | 'headers' | 'text' | 'body'>;

/** Headers that callers act on: an answer may have them only where the document says so. */
const MEANINGFUL = [
  'accept',
  'allow',
  'etag',
  'idempotent-replayed',
  'link',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'www-authenticate',
];

/** Checks answers of a service against its OpenAPI 3.1 document, whose schemas are JSON Schema 2020-12. */
export class DescribedAnswers {
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: object) {
    this.#document = document as Document;
    addFormats(this.#ajv);
    this.#ajv.addFormat('int32', (number: unknown) => Number.isInteger(number));
    this.#ajv.addSchema(document, 'openapi.json');
  }

  /** An operation's answers, by status. */
  responses(path: string, method: string): Operation['responses'] {
    const statuses = Object.keys(this.#operation(path, method).responses);
    return Object.fromEntries(
      statuses.map((status) => [status, this.#get(this.#responseLocation(path, method, status))]),
    );
  }

  /** What an answer has that its operation does not describe; empty where all is as described. */
  faults(path: string, method: string, answer: Answer): string[] {
    const described = this.responses(path, method)[answer.status];
    if (!described) return [`status ${answer.status} is not described`];
    const location = this.#responseLocation(path, method, String(answer.status));
    return [
      ...headerFaults(
        described,
        answer,
        (name) => this.#at(this.#resolved([...location, 'headers', name])) as Record<string, unknown>,
      ),
      ...this.#bodyFaults(described, answer, location),
    ];
  }

  /** What is wrong with a request body that an operation ought to take. */
  requestFaults(path: string, method: string, mediaType: string, body: unknown): string[] {
    const content = this.#operation(path, method).requestBody?.content ?? {};
    if (!Object.hasOwn(content, mediaType)) return [`requests of type ${mediaType} are not described`];
    return this.#schemaFaultsAt(
      ['paths', path, method.toLowerCase(), 'requestBody', 'content', mediaType, 'schema'],
      body,
    );
  }

  /** What is wrong with a body that ought to have a schema of `components`. */
  componentFaults(name: string, body: unknown): string[] {
    return faultsOf(this.#ajv.getSchema(`openapi.json${pointer(['components', 'schemas', name])}`), body);
  }

  /** What is wrong with the examples of the document; empty where each fits its schema. */
  exampleFaults(): string[] {
    return this.#examplesBelow([]).flatMap(({ schema, example }) =>
      this.#schemaFaultsAt(schema, example).map((fault) => `${pointer(schema)}: ${fault}`),
    );
  }

  /** Examples with the places of their schemas, in a part of the document. */
  #examplesBelow(location: readonly string[]): { schema: readonly string[]; example: unknown }[] {
    const part = this.#at(location);
    if (typeof part !== 'object' || part === null) return [];
    const { schema, example, examples } = part as Record<string, unknown>;
    const named = Object.values(examples ?? {}) as unknown[];
    const ofSchema = Array.isArray(examples)
      ? named.map((each) => ({ schema: location, example: each }))
      : [];
    const ofMedia = Array.isArray(examples) ? [] : named.map((each) => (each as { value: unknown }).value);
    if (example !== undefined) ofMedia.push(example);
    return [
      ...ofSchema,
      ...(schema === undefined
        ? []
        : ofMedia.map((each) => ({ schema: [...location, 'schema'], example: each }))),
      ...Object.keys(part)
        .filter((key) => !['example', 'examples'].includes(key))
        .flatMap((key) => this.#examplesBelow([...location, key])),
    ];
  }

  #operation(path: string, method: string): Operation {
    const operation = this.#document.paths[path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`${method} ${path} is not described`);
    return operation;
  }

  #bodyFaults({ content }: DescribedResponse, answer: Answer, location: readonly string[]): string[] {
    const mediaType = answer.headers['content-type']?.split(';')[0];
    if (!content) return answer.text ? ['no body is described'] : [];
    if (mediaType === undefined || !Object.hasOwn(content, mediaType))
      return [`a body of type ${mediaType} is not described`];
    return this.#schemaFaultsAt([...location, 'content', mediaType, 'schema'], answer.body);
  }

  #schemaFaultsAt(location: readonly string[], value: unknown): string[] {
    return faultsOf(this.#ajv.getSchema(`openapi.json${pointer(location)}`), value);
  }

  #responseLocation(path: string, method: string, status: string): readonly string[] {
    return this.#resolved(['paths', path, method.toLowerCase(), 'responses', status]);
  }

  /** A place of the document, or the one that it refers to. */
  #resolved(location: readonly string[]): readonly string[] {
    const { $ref: reference } = this.#at(location) as { $ref?: string };
    return reference === undefined ? location : this.#resolved(reference.split('/').slice(1));
  }

  #at(location: readonly string[]): unknown {
    return location.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], this.#document);
  }

  #get(location: readonly string[]): DescribedResponse {
    return this.#at(location) as DescribedResponse;
  }
}

function headerFaults(
  { headers = {} }: DescribedResponse,
  answer: Answer,
  resolve: (name: string) => Record<string, unknown>,
): string[] {
  const names = Object.keys(headers);
  const missing = names.filter(
    (name) => resolve(name)['required'] === true && answer.headers[name.toLowerCase()] === undefined,
  );
  const described = names.map((name) => name.toLowerCase());
  const surplus = MEANINGFUL.filter(
    (name) => answer.headers[name] !== undefined && !described.includes(name),
  );
  return [
    ...missing.map((name) => `${name} is missing`),
    ...surplus.map((name) => `${name} is not described`),
  ];
}

function faultsOf(validate: ValidateFunction | undefined, body: unknown): string[] {
  if (!validate) return ['there is no schema'];
  if (validate(body)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `body${instancePath}: ${message}`);
}

function pointer(location: readonly string[]): string {
  const tokens = location.map((token) => token.replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...tokens.map(encodeURIComponent)].join('/');
}
