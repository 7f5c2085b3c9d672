import {
  type ApiDescription,
  exampleOf,
  operationsOf,
  resolveSchema,
  type Schema,
} from '../../src/docs/description';

function describing(schemas: Readonly<Record<string, Schema>>, paths: ApiDescription['paths'] = {}) {
  return {
    info: { title: 'Test API', summary: 'An API for tests', version: '1.0.0' },
    servers: [{ url: 'https://things.example.com' }],
    tags: [],
    paths,
    components: { securitySchemes: { cognito: {} }, schemas, responses: {}, headers: {} },
  } satisfies ApiDescription;
}

const to = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

describe('the example of a schema', () => {
  it.each<[string, Schema, unknown]>([
    ['its first example', { type: 'integer', examples: [7, 8], default: 1 }, 7],
    ['its only value', { type: 'string', const: 'fixed' }, 'fixed'],
    ['what an absent value is read as', { type: 'integer', default: 20, minimum: 1 }, 20],
    ['the first of its values', { type: 'string', enum: ['red', 'green'] }, 'red'],
    ['an example of its first alternative', { anyOf: [{ type: 'boolean' }, { type: 'null' }] }, true],
    ['an example of the first of what excludes each other', { oneOf: [{ const: 1 }, { const: 2 }] }, 1],
    [
      'the members of all that it is made of',
      {
        allOf: [
          { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } },
          { type: 'object', properties: { on: { type: 'boolean' } } },
        ],
      },
      { id: '01990000-0000-7000-8000-000000000001', on: true },
    ],
    [
      'an object of the examples of its members',
      { type: 'object', properties: { size: { type: 'number' }, at: { type: 'string', format: 'date' } } },
      { size: 0, at: '2026-11-26' },
    ],
    ['an empty object where it has no members', { type: 'object' }, {}],
    ['a list of one item', { type: 'array', items: { type: 'integer', minimum: 3 } }, [3]],
    ['an empty list where it says nothing of items', { type: 'array' }, []],
    ['some text where the format is not known', { type: 'string', format: 'colour' }, 'text'],
    ['null where it has no type', {}, null],
  ])('is %s', (_, schema, example) => {
    expect(exampleOf(schema, describing({}))).toEqual(example);
  });

  it('is the one of the schema that it refers to', () => {
    expect(exampleOf(to('Lamp'), describing({ Lamp: { const: 'lamp' } }))).toBe('lamp');
  });

  it('ends with null where a schema contains itself', () => {
    const Folder = { type: 'object', properties: { name: { const: 'top' }, parent: to('Folder') } };
    expect(exampleOf(to('Folder'), describing({ Folder }))).toEqual({ name: 'top', parent: null });
  });
});

it('refuses a reference that leads nowhere', () => {
  expect(() => resolveSchema(to('Lamp'), describing({}))).toThrow(
    'the description has no #/components/schemas/Lamp',
  );
});

it('an operation answers with the codes of the examples of its errors alone', () => {
  const [operation] = operationsOf(
    describing(
      {},
      {
        '/api/v1/lamps': {
          get: {
            operationId: 'listLamps',
            summary: 'List lamps',
            tags: ['lamps'],
            security: [{ cognito: [] }],
            parameters: [],
            responses: {
              200: {
                description: 'All lamps',
                headers: {},
                content: { 'application/json': { schema: {}, examples: { lamp: { value: [] } } } },
              },
              400: {
                description: 'Wrong',
                headers: {},
                content: {
                  'application/problem+json': { schema: {}, examples: { invalid_query: { value: {} } } },
                },
              },
              500: {
                description: 'Failed',
                headers: {},
                content: { 'application/problem+json': { schema: {} } },
              },
            },
          },
        },
      },
    ),
  );
  expect(operation?.codes).toEqual(['invalid_query']);
});
