import type { ApiDescription, Schema } from '../../src/docs/description';
import { plainText } from '../../src/docs/html';
import { SchemaView } from '../../src/docs/schema-view';

const schemas: Record<string, Schema> = {
  Colour: { type: 'object' },
  Lamp: { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] },
  Folder: {
    type: 'object',
    properties: { parent: { $ref: '#/components/schemas/Folder' } },
    required: ['parent'],
  },
  Nested: { anyOf: [{ type: 'string' }, { type: 'array', items: { $ref: '#/components/schemas/Nested' } }] },
};
const to = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

function view(use: 'request' | 'response'): SchemaView {
  return new SchemaView({ components: { schemas } } as unknown as ApiDescription, use);
}

const bodyOf = (schema: Schema, use: 'request' | 'response' = 'response') =>
  plainText(view(use).ofBody(schema));

const memberOf = (schema: Schema, description?: string) =>
  plainText(view('request').ofMembers([{ name: 'part', schema, isRequired: true, description }]));

describe('the type of a value', () => {
  it.each<[string, Schema, string]>([
    ['its own', { type: 'integer' }, 'integer'],
    ['with its format', { type: 'string', format: 'uuid' }, 'string (uuid)'],
    ['without a format that is not of text', { type: 'integer', format: 'int32' }, 'integer'],
    [
      'each alternative once',
      { anyOf: [{ type: 'string' }, { type: 'null' }, { type: 'null' }] },
      'string or null',
    ],
    ['what excludes each other', { oneOf: [{ type: 'string' }, { const: 7 }] }, 'string or 7'],
    ['all that it is made of', { allOf: [{ type: 'object' }, to('Colour')] }, 'object and Colour'],
    ['its only value', { type: 'string', const: 'lamp' }, '"lamp"'],
    ['what a list holds', { type: 'array', items: { type: 'number' } }, 'array of number'],
    ['a list of anything', { type: 'array' }, 'array'],
    ['the name of an object that has one', to('Colour'), 'Colour'],
    ['an object without a name', { type: 'object' }, 'object'],
    ['anything', {}, 'any value'],
    ['a type that contains itself, by its name', to('Nested'), 'string or array of Nested'],
  ])('is shown: %s', (_, schema, type) => {
    expect(memberOf(schema)).toBe(`part ${type} required`);
  });
});

describe('the bounds of a value', () => {
  it.each<[string, Schema, string]>([
    [
      'a length between two',
      { type: 'string', minLength: 1, maxLength: 9 },
      'string required 1 to 9 characters',
    ],
    ['a largest length', { type: 'string', maxLength: 9 }, 'string required at most 9 characters'],
    ['a least number', { type: 'integer', minimum: 1 }, 'integer required at least 1'],
    ['a number of items', { type: 'array', maxItems: 3 }, 'array required at most 3 items'],
    ['its values', { type: 'string', enum: ['red', 'green'] }, 'string required one of "red", "green"'],
    ['its pattern', { type: 'string', pattern: '^a$' }, 'string required matches ^a$'],
    [
      'what it is where it is absent, after the others',
      { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      'integer required 1 to 100 · default 20',
    ],
    [
      'those of an alternative without a name',
      { anyOf: [{ type: 'string', maxLength: 9 }, { type: 'null' }] },
      'string or null required at most 9 characters',
    ],
  ])('are shown: %s', (_, schema, shown) => {
    expect(memberOf(schema)).toBe(`part ${shown}`);
  });

  it.each<[string, Schema]>([
    ['a length of zero or more', { type: 'string', minLength: 0 }],
    ['the length of a text whose format has one length', { type: 'string', format: 'uuid', maxLength: 36 }],
    ['the pattern of a text that has a format', { type: 'string', format: 'date', pattern: '^\\d+$' }],
  ])('leave out %s', (_, schema) => {
    expect(memberOf(schema)).toMatch(/ required$/);
  });

  it('leave out a pattern where words explain it', () => {
    expect(memberOf({ type: 'string', pattern: '^a$' }, 'The letter `a`')).toBe(
      'part string required The letter a',
    );
  });
});

describe('a body', () => {
  it('of an object shows its members, and of anything else its type first', () => {
    expect(bodyOf(to('Lamp'))).toBe('on boolean');
    expect(bodyOf({ type: 'array', items: to('Lamp') })).toBe('array of Lamp on boolean');
  });

  it('says which members a request requires, and which ones a response may lack', () => {
    const schema = { properties: { a: { type: 'null' }, b: { type: 'null' } }, required: ['a'] };
    expect(bodyOf(schema, 'request')).toBe('a null required b null');
    expect(bodyOf(schema, 'response')).toBe('a null b null optional');
  });

  it('shows a schema that contains itself once', () => {
    expect(bodyOf(to('Folder'))).toBe('parent Folder');
  });

  it('shows the members of the values of a map', () => {
    expect(bodyOf({ type: 'object', additionalProperties: to('Lamp') })).toBe('object on boolean');
    expect(bodyOf({ type: 'object', additionalProperties: false })).toBe('object');
  });
});
