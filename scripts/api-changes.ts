/** JSON, as far as this looks into it. */
type Json = Readonly<Record<string, unknown>>;

/** Whether callers send a schema's values or receive them: it decides what narrows a schema and what widens it. */
type Use = 'request' | 'response';

/** Two descriptions in which references are looked up. */
interface Documents {
  readonly before: Json;
  readonly after: Json;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
/** Bounds by the direction in which they narrow. */
const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** What narrows by being there, and whose change cannot be judged. */
const OPAQUE = [
  'pattern',
  'format',
  'const',
  'multipleOf',
  'uniqueItems',
  'allOf',
  'not',
  'patternProperties',
];

/**
 * What breaks callers between two OpenAPI 3.1 documents of this API, a sentence for each; empty where nothing does.
 *
 * Breaking is: an operation, parameter, member, media type, header, status or enum value removed; something required added; a
 * type or bound of a request narrowed; the type of an answer changed; a scope added; the code of an error removed. What is
 * added otherwise is not. It understands the schemas that zod makes; a change in a keyword that it cannot judge counts as
 * breaking.
 */
export function breakingChanges(before: object, after: object): readonly string[] {
  const documents = { before: before as Json, after: after as Json };
  return operationsOf(documents.before).flatMap(([name, path, method]) => {
    const [was, is] = [documents.before, documents.after].map(
      (each) => object(object(each['paths'])[path])[method],
    );
    if (is === undefined) return [`${name}: removed`];
    return operationFaults(object(was), object(is), documents).map((fault) => `${name}: ${fault}`);
  });
}

function operationsOf(document: Json): readonly (readonly [string, string, string])[] {
  return Object.entries(object(document['paths'])).flatMap(([path, methods]) =>
    METHODS.filter((method) => method in object(methods)).map(
      (method) => [`${method.toUpperCase()} ${path}`, path, method] as const,
    ),
  );
}

function operationFaults(was: Json, is: Json, documents: Documents): string[] {
  return [
    ...(was['operationId'] === is['operationId'] ? [] : ['operationId changed']),
    ...added(scopesOf(was), scopesOf(is)).map((scope) => `needs the scope ${scope}`),
    ...parameterFaults(was, is, documents),
    ...bodyFaults(object(was['requestBody']), object(is['requestBody']), documents),
    ...responseFaults(object(was['responses']), object(is['responses']), documents),
    ...added(codesOf(is, documents.after), codesOf(was, documents.before)).map(
      (code) => `code ${code} removed`,
    ),
  ];
}

function scopesOf(operation: Json): readonly string[] {
  return list(operation['security']).flatMap((each) => Object.values(object(each)).flatMap(list)) as string[];
}

/** The codes of an operation's errors, which are the names of their examples. */
function codesOf(operation: Json, document: Json): readonly string[] {
  return Object.entries(object(operation['responses']))
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([, response]) => Object.values(object(resolve(response, document)['content'])))
    .flatMap((content) => Object.keys(object(object(content)['examples'])));
}

function parameterFaults(was: Json, is: Json, documents: Documents): string[] {
  const byName = (operation: Json, document: Json) =>
    new Map(
      list(operation['parameters']).map((parameter) => {
        const found = resolve(parameter, document);
        return [`${String(found['in'])} parameter ${String(found['name'])}`, found];
      }),
    );
  const [old, now] = [byName(was, documents.before), byName(is, documents.after)];
  return [
    ...[...old].flatMap(([name, parameter]) => {
      const found = now.get(name);
      if (!found) return [`${name} removed`];
      return [
        ...(found['required'] === true && parameter['required'] !== true ? [`${name} became required`] : []),
        ...schemaFaults(parameter['schema'], found['schema'], { ...documents, use: 'request', at: name }),
      ];
    }),
    ...[...now].flatMap(([name, parameter]) =>
      !old.has(name) && parameter['required'] === true ? [`required ${name} added`] : [],
    ),
  ];
}

function bodyFaults(was: Json, is: Json, documents: Documents): string[] {
  return [
    ...(is['required'] === true && was['required'] !== true ? ['a body became required'] : []),
    ...contentFaults(was, is, { ...documents, use: 'request', at: 'body' }),
  ];
}

function responseFaults(was: Json, is: Json, documents: Documents): string[] {
  return Object.entries(was)
    .filter(([status]) => Number(status) < 400)
    .flatMap(([status, response]) => {
      if (is[status] === undefined) return [`answer ${status} removed`];
      const [old, now] = [resolve(response, documents.before), resolve(is[status], documents.after)];
      const headers = added(Object.keys(object(now['headers'])), Object.keys(object(old['headers'])));
      return [
        ...headers.map((name) => `header ${name} of ${status} removed`),
        ...contentFaults(old, now, { ...documents, use: 'response', at: status }),
      ];
    });
}

interface Place extends Documents {
  readonly use: Use;
  /** What the faults begin with. */
  readonly at: string;
  /** References that lead here: a schema may contain itself. */
  readonly around?: readonly string[];
}

function contentFaults(was: Json, is: Json, place: Place): string[] {
  const now = object(is['content']);
  return Object.entries(object(was['content'])).flatMap(([mediaType, content]) => {
    const found = now[mediaType];
    if (found === undefined) return [`${place.at}: ${mediaType} removed`];
    return schemaFaults(object(content)['schema'], object(found)['schema'], place);
  });
}

function schemaFaults(was: unknown, is: unknown, place: Place): string[] {
  const reference = JSON.stringify([object(was)['$ref'], object(is)['$ref']]);
  if (place.around?.includes(reference)) return [];
  const around = reference === '[null,null]' ? place.around : [...(place.around ?? []), reference];
  const old = alternatives(was, place.before);
  const now = alternatives(is, place.after);
  // Each value that was sent must still fit; each that is received must be one that could be received before.
  const [given, offered] = place.use === 'request' ? [old, now] : [now, old];
  const inside: Place = around ? { ...place, around } : place;
  return given.flatMap((one) => {
    const [best] = offered
      .filter((other) => other['type'] === undefined || typeOf(other) === typeOf(one))
      .map((other) =>
        place.use === 'request'
          ? alternativeFaults(one, other, inside)
          : alternativeFaults(other, one, inside),
      )
      .sort((a, b) => a.length - b.length);
    if (best) return best;
    return [`${place.at}: ${place.use === 'request' ? 'may no longer be' : 'may now be'} ${typeOf(one)}`];
  });
}

/** A schema as the list of the schemas of which a value has to fit one. */
function alternatives(schema: unknown, document: Json): readonly Json[] {
  const found = resolve(schema, document);
  const several = found['anyOf'] ?? found['oneOf'];
  if (several) return list(several).flatMap((each) => alternatives(each, document));
  const { type } = found;
  return Array.isArray(type) ? type.map((each: unknown) => ({ ...found, type: each })) : [found];
}

function typeOf(schema: Json): string {
  return typeof schema['type'] === 'string' ? schema['type'] : 'any value';
}

function alternativeFaults(was: Json, is: Json, place: Place): string[] {
  const { use, at } = place;
  const fault = (text: string) => `${at}: ${text}`;
  const values = added(list(is['enum']), list(was['enum']));
  return [
    ...(is['enum'] === undefined && use === 'request'
      ? []
      : values.map((value) => fault(`value ${String(value)} removed`))),
    ...(use === 'request' && is['enum'] !== undefined && was['enum'] === undefined
      ? [fault('only some values left')]
      : []),
    ...(use === 'request' ? narrowedBounds(was, is).map(fault) : []),
    ...OPAQUE.filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]))
      // Taken away, it narrows nothing for those who send.
      .filter((key) => use === 'response' || is[key] !== undefined)
      .map((key) => fault(`${key} changed`)),
    ...memberFaults(was, is, place),
    ...(was['items'] !== undefined && is['items'] !== undefined
      ? schemaFaults(was['items'], is['items'], { ...place, at: `${at}[]` })
      : []),
  ];
}

function narrowedBounds(was: Json, is: Json): string[] {
  const isNarrower = (key: string, sign: 1 | -1) => {
    const [old, now] = [was[key], is[key]];
    return typeof now === 'number' && (typeof old !== 'number' || sign * (now - old) > 0);
  };
  return [
    ...LOWER_BOUNDS.filter((key) => isNarrower(key, 1)),
    ...UPPER_BOUNDS.filter((key) => isNarrower(key, -1)),
  ].map((key) => `${key} narrowed to ${String(is[key])}`);
}

function memberFaults(was: Json, is: Json, place: Place): string[] {
  const { use, at } = place;
  const [old, now] = [object(was['properties']), object(is['properties'])];
  const [required, requiredNow] = [list(was['required']), list(is['required'])] as [string[], string[]];
  const demanded = use === 'request' ? added(required, requiredNow) : [];
  const unsure = use === 'response' ? added(requiredNow, required).filter((name) => name in now) : [];
  const closed =
    use === 'request' &&
    is['additionalProperties'] === false &&
    ![false, undefined].includes(was['additionalProperties'] as boolean);
  return [
    ...added(Object.keys(now), Object.keys(old)).map((name) => `${at}.${name}: removed`),
    ...demanded.map((name) => `${at}.${name}: required`),
    ...unsure.map((name) => `${at}.${name}: may be absent`),
    ...(closed ? [`${at}: takes no other members any more`] : []),
    ...Object.keys(old)
      .filter((name) => name in now)
      .flatMap((name) => schemaFaults(old[name], now[name], { ...place, at: `${at}.${name}` })),
  ];
}

/** What the second has and the first has not. */
function added<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  return second.filter((each) => !first.includes(each));
}

function resolve(part: unknown, document: Json): Json {
  const reference = object(part)['$ref'];
  if (typeof reference !== 'string') return object(part);
  const keys = reference.split('/').slice(1);
  return resolve(
    keys.reduce<unknown>(
      (value, key) => object(value)[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    ),
    document,
  );
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
