import { breakingChanges } from '../../scripts/api-changes';

/** A description with one operation that has every part that can break. */
function description() {
  return {
    paths: {
      '/things/{id}': {
        patch: {
          operationId: 'updateThing',
          security: [{ cognito: ['things.write'] }],
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } },
          ] as object[],
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/ThingPatch' } as object },
              'application/merge-patch+json': { schema: { $ref: '#/components/schemas/ThingPatch' } },
            } as Record<string, object>,
          },
          responses: {
            200: {
              headers: { ETag: {} } as Record<string, object>,
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
            },
            404: { $ref: '#/components/responses/ThingNotFound' },
          } as Record<string, object>,
        },
      },
    } as Record<string, object>,
    components: {
      responses: {
        ThingNotFound: {
          content: { 'application/problem+json': { examples: { thing_not_found: {}, not_found: {} } } },
        },
      },
      schemas: {
        Thing: {
          type: 'object',
          properties: {
            id: { type: 'string', format: 'uuid' },
            colour: { enum: ['red', 'blue'] },
            parts: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
            note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          } as Record<string, object>,
          required: ['id', 'colour', 'parts', 'note'],
        },
        ThingPatch: {
          type: 'object',
          properties: {
            label: { type: 'string', minLength: 1, maxLength: 200 },
            colour: { enum: ['red', 'blue'] },
            note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          } as Record<string, object>,
          required: [] as string[],
          additionalProperties: true,
        },
      },
    },
  };
}

type Description = ReturnType<typeof description>;

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return
   -- parts of a document, which is JSON */
const operation = ({ paths }: Description): any => paths['/things/{id}']!['patch' as never];
const thing = ({ components }: Description): any => components.schemas.Thing;
const patch = ({ components }: Description): any => components.schemas.ThingPatch;

function changesBy(change: (after: Description) => void): readonly string[] {
  const after = description();
  change(after);
  return breakingChanges(description(), after);
}

describe('is breaking:', () => {
  it.each<readonly [string, (after: Description) => void, string]>([
    ['an operation removed', (after) => delete after.paths['/things/{id}'], 'removed'],
    ['its id changed', (after) => (operation(after).operationId = 'x'), 'operationId changed'],
    [
      'a scope added',
      (after) => operation(after).security[0].cognito.push('things.admin'),
      'needs the scope things.admin',
    ],
    ['a parameter removed', (after) => operation(after).parameters.pop(), 'query parameter limit removed'],
    [
      'a parameter that became required',
      (after) => (operation(after).parameters[1].required = true),
      'query parameter limit became required',
    ],
    [
      'a required parameter added',
      (after) => operation(after).parameters.push({ name: 'If-Match', in: 'header', required: true }),
      'required header parameter If-Match added',
    ],
    [
      'the bound of a parameter narrowed',
      (after) => (operation(after).parameters[1].schema.maximum = 50),
      'query parameter limit: maximum narrowed to 50',
    ],
    [
      'a media type of a body removed',
      (after) => delete operation(after).requestBody.content['application/json'],
      'body: application/json removed',
    ],
    ['a member of a body removed', (after) => delete patch(after).properties.label, 'body.label: removed'],
    ['a member of a body required', (after) => patch(after).required.push('label'), 'body.label: required'],
    [
      'no other members allowed in a body',
      (after) => (patch(after).additionalProperties = false),
      'body: takes no other members any more',
    ],
    [
      'a value of a body removed',
      (after) => (patch(after).properties.colour.enum = ['red']),
      'body.colour: value blue removed',
    ],
    [
      'a text of a body with a longer least length',
      (after) => (patch(after).properties.label.minLength = 2),
      'body.label: minLength narrowed to 2',
    ],
    [
      'a pattern added to a body',
      (after) => (patch(after).properties.label.pattern = '^a'),
      'body.label: pattern changed',
    ],
    [
      'null no longer taken',
      (after) => (patch(after).properties.note = { type: 'string' }),
      'body.note: may no longer be null',
    ],
    [
      'another type of a member',
      (after) => (patch(after).properties.label = { type: 'integer' }),
      'body.label: may no longer be string',
    ],
    [
      'the status of an answer removed',
      (after) => delete operation(after).responses[200],
      'answer 200 removed',
    ],
    [
      'a header of an answer removed',
      (after) => (operation(after).responses[200].headers = {}),
      'header ETag of 200 removed',
    ],
    ['a member of an answer removed', (after) => delete thing(after).properties.note, '200.note: removed'],
    [
      'a member of an answer that may be absent',
      (after) => thing(after).required.pop(),
      '200.note: may be absent',
    ],
    [
      'a member of an answer that may be null',
      (after) => (thing(after).properties.id.type = ['string', 'null']),
      '200.id: may now be null',
    ],
    [
      'the format of a member of an answer changed',
      (after) => (thing(after).properties.id.format = 'uri'),
      '200.id: format changed',
    ],
    [
      'a value of an answer removed',
      (after) => (thing(after).properties.colour.enum = ['red']),
      '200.colour: value blue removed',
    ],
    [
      'a code removed',
      (after) =>
        delete (after.components.responses.ThingNotFound.content['application/problem+json'].examples as any)
          .thing_not_found,
      'code thing_not_found removed',
    ],
  ])('%s', (_, change, expected) => {
    expect(new Set(changesBy(change))).toContain(`PATCH /things/{id}: ${expected}`);
  });
});

describe('breaks nothing:', () => {
  it.each<readonly [string, (after: Description) => void]>([
    ['nothing changed', () => undefined],
    ['an operation added', (after) => (after.paths['/others'] = { get: {} })],
    ['an operation deprecated', (after) => (operation(after).deprecated = true)],
    ['a scope no longer needed', (after) => operation(after).security[0].cognito.pop()],
    ['an optional parameter added', (after) => operation(after).parameters.push({ name: 'q', in: 'query' })],
    ['an optional member of a body added', (after) => (patch(after).properties.size = { type: 'integer' })],
    ['a bound of a body widened', (after) => (patch(after).properties.label.maxLength = 300)],
    ['a pattern of a body removed', (after) => delete patch(after).properties.label.minLength],
    ['a value of a body added', (after) => patch(after).properties.colour.enum.push('green')],
    [
      'null taken',
      (after) =>
        (patch(after).properties.label = { anyOf: [patch(after).properties.label, { type: 'null' }] }),
    ],
    ['a member of an answer added', (after) => (thing(after).properties.size = { type: 'integer' })],
    ['a value of an answer added', (after) => thing(after).properties.colour.enum.push('green')],
    ['a status added', (after) => (operation(after).responses[201] = {})],
    [
      'a code added',
      (after) =>
        ((after.components.responses.ThingNotFound.content['application/problem+json'].examples as any).x =
          {}),
    ],
    [
      'a schema that is referred to by another name',
      (after) => {
        (after.components.schemas as any).Renamed = after.components.schemas.ThingPatch;
        operation(after).requestBody.content['application/json'].schema = {
          $ref: '#/components/schemas/Renamed',
        };
      },
    ],
  ])('%s', (_, change) => {
    expect(changesBy(change)).toEqual([]);
  });
});
