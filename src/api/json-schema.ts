import { z } from 'zod';

/** A part of a document that can be serialised as JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** Schemas that have a name of their own, by that name. */
export type NamedSchemas = Record<string, unknown>;

/**
 * A zod schema as JSON Schema 2020-12, the dialect of OpenAPI 3.1.
 *
 * @param io what the schema takes, or what it gives
 * @param schemas takes up the schemas with a name; they are referred to under `#/components/schemas`
 */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: NamedSchemas): Json {
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

/** A text of which nothing more is known. */
export const TEXT = { type: 'string', maxLength: 1000, pattern: '^.*$' };

/** A header of an answer, by its name. */
export function headerOf([name, description]: readonly [string, string]): [string, Json] {
  return [name, { description, schema: TEXT }];
}
