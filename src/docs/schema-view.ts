import { type ApiDescription, resolveSchema, type Schema } from './description';
import { type Html, markup, withCode } from './html';

/** What is shown as a line of a list. */
interface Member {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly description?: string | undefined;
}

/** Shows schemas of a description to people. */
export class SchemaView {
  readonly #description: ApiDescription;
  /** A request says which members it needs, an answer which ones it may lack. */
  readonly #use: 'request' | 'response';

  constructor(description: ApiDescription, use: 'request' | 'response') {
    this.#description = description;
    this.#use = use;
  }

  /** The members of an object; of anything else its type, and what is inside it. */
  ofBody(schema: Schema): Html {
    const isObject = resolveSchema(schema, this.#description).schema.properties !== undefined;
    return markup`${!isObject && markup`<p class="type">${this.#typeOf(schema)}</p>`}${this.#inside(schema, [])}`;
  }

  /** A list of members or parameters. */
  ofMembers(members: readonly Member[], around: readonly string[] = []): Html {
    return markup`<ul class="members">
      ${members.map((member) => this.#member(member, around))}
    </ul>`;
  }

  #member({ name, schema, isRequired, description }: Member, around: readonly string[]): Html {
    const bounds = this.#boundsOf(schema, description !== undefined);
    const note = this.#use === 'request' ? isRequired && 'required' : !isRequired && 'optional';
    return markup`<li class="member">
      <code class="name">${name}</code> <span class="type">${this.#typeOf(schema)}</span>
      ${note && markup`<span class="${note}">${note}</span>`}
      ${description && markup`<p>${withCode(description)}</p>`}
      ${bounds.length > 0 && markup`<p class="bounds">${joined(bounds, ' · ')}</p>`}
      ${this.#inside(schema, around)}
    </li>`;
  }

  /**
   * What is inside a schema; `undefined` where nothing is, or where it is shown already.
   *
   * @param around names of the schemas around it: one that contains itself is shown once
   */
  #inside(schema: Schema, around: readonly string[]): Html | undefined {
    const { schema: found, name } = resolveSchema(schema, this.#description);
    if (name !== undefined && around.includes(name)) return undefined;
    const path = name === undefined ? around : [...around, name];
    if (found.properties) {
      const { properties, required = [] } = found;
      const members = Object.entries(properties).map(([member, part]) => ({
        name: member,
        schema: part,
        isRequired: required.includes(member),
        description: part.description ?? resolveSchema(part, this.#description).schema.description,
      }));
      return this.ofMembers(members, path);
    }
    const shown = partsOf(found).flatMap((part) => this.#inside(part, path) ?? []);
    return shown.length > 0 ? markup`${shown}` : undefined;
  }

  /** A type in words: `string (uuid) or null`. */
  #typeOf(schema: Schema, around: readonly string[] = []): string {
    const { schema: found, name } = resolveSchema(schema, this.#description);
    if (name !== undefined && around.includes(name)) return name;
    const path = name === undefined ? around : [...around, name];
    const { type, format, items } = found;
    const alternatives = found.anyOf ?? found.oneOf;
    if (alternatives) return [...new Set(alternatives.map((each) => this.#typeOf(each, path)))].join(' or ');
    if (found.allOf) return found.allOf.map((each) => this.#typeOf(each, path)).join(' and ');
    if (found.const !== undefined) return JSON.stringify(found.const);
    if (type === 'array' && items) return `array of ${this.#typeOf(items, path)}`;
    if (type === 'object' || type === undefined) return name ?? type ?? 'any value';
    return type === 'string' && format ? `string (${format})` : type;
  }

  /** @param isExplained whether words say more to people than a pattern would */
  #boundsOf(schema: Schema, isExplained: boolean): Html[] {
    const { schema: found } = resolveSchema(schema, this.#description);
    const { format = '', pattern, enum: values, default: whenAbsent } = found;
    const bounds = [
      // Such a text is as long as its format makes it.
      !SIZED_FORMATS.includes(format) && rangeOf(found.minLength, found.maxLength, ' characters'),
      rangeOf(found.minItems, found.maxItems, ' items'),
      rangeOf(found.minimum, found.maximum, ''),
      values && markup`one of ${joined(values.map(jsonCode), ', ')}`,
      pattern && !format && !isExplained && markup`matches <code>${pattern}</code>`,
      whenAbsent !== undefined && markup`default ${jsonCode(whenAbsent)}`,
    ];
    return [
      ...bounds.flatMap((bound) => (bound ? [markup`${bound}`] : [])),
      // A named part has a place of its own, and may contain this one.
      ...partsOf(found).flatMap((part) => (part.$ref === undefined ? this.#boundsOf(part, isExplained) : [])),
    ];
  }
}

const SIZED_FORMATS = ['date', 'date-time', 'uuid'];

/** The schemas that a schema is made of, but for the members of an object. */
function partsOf({
  additionalProperties,
  items,
  anyOf = [],
  oneOf = [],
  allOf = [],
}: Schema): readonly Schema[] {
  const values = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [...values, ...(items ? [items] : []), ...anyOf, ...oneOf, ...allOf];
}

function jsonCode(value: unknown): Html {
  return markup`<code>${JSON.stringify(value)}</code>`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return markup`${parts.map((part, index) => markup`${index > 0 && separator}${part}`)}`;
}

function rangeOf(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (most !== undefined) return `at most ${most}${unit}`;
  return least ? `at least ${least}${unit}` : undefined;
}
