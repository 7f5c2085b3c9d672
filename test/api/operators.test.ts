import request from 'supertest';
import { endpointFactory } from '../../src/api/endpoint';
import { resource, type Resource } from '../../src/api/resource';
import { scopeCatalogue } from '../../src/api/scopes';
import { testApi, type TestApi } from '../support/api';
import { things } from '../support/things/resource';
import { IDENTIFIER } from '../support/user-pool';

function forOperators(name: string): Resource {
  const endpoint = endpointFactory<string, undefined>()({
    method: 'GET',
    path: `/api/v1/${name}`,
    operationId: `list_${name}`,
    summary: `List ${name}`,
    scopes: [`${name}.read`],
    response: { status: 204, description: 'Done' },
    problems: [{ status: 409, code: `${name}_closed`, detail: 'Not open' }],
    handle: () => Promise.resolve({}),
  });
  return resource({
    name,
    forOperators: true,
    scopes: { [`${name}.read`]: `Read ${name}` },
    store: () => undefined,
    endpoints: [endpoint],
  });
}

const resources = [things, forOperators('audits'), forOperators('drills')];
const OPERATOR_SCOPE = `${IDENTIFIER}/audits.read`;

let api: TestApi;

beforeAll(async () => {
  api = await testApi({ resources });
});

afterAll(() => api.close());

it('a resource for operators has operator scopes', () => {
  expect(scopeCatalogue(resources)).toMatchObject({
    'things.read': { description: 'Read things', operator: false },
    'audits.read': { description: 'Read audits', operator: true },
  });
});

it('the API description has the operations for operators under one tag', async () => {
  const { body } = await request(api.app).get('/openapi.json');
  expect((body.tags as { name: string }[]).map(({ name }) => name)).toEqual(['things', 'Operators']);
  for (const name of ['audits', 'drills'])
    expect(body.paths[`/api/v1/${name}`].get.tags).toEqual(['Operators']);
  expect(body.paths['/api/v1/things'].get.tags).toEqual(['things']);
});

it('the metadata for clients does not name the operator scopes', async () => {
  const { body } = await request(api.app).get('/.well-known/oauth-protected-resource');
  expect(body.scopes_supported).toContain(`${IDENTIFIER}/things.read`);
  expect(body.scopes_supported).not.toContain(OPERATOR_SCOPE);
});

it.each([
  '/docs',
  '/docs/authentication',
  '/docs/errors',
  '/docs/reference',
  '/docs/reference/things',
  '/docs/search.json',
])('what third parties read does not name the operator scopes and operations: %s', async (path) => {
  const { status, text } = await request(api.app).get(path);
  expect(status).toBe(200);
  expect(text).not.toMatch(/audits|drills/);
});

it('the codes of their problems have pages all the same, to which their types lead', async () => {
  const { status, text } = await request(api.app).get('/docs/errors/audits_closed');
  expect(status).toBe(200);
  expect(text).toContain('Not open');
});

it('the reference has the operations for operators on a page of their own', async () => {
  const { text } = await request(api.app).get('/docs/reference');
  expect(text).toContain('href="/docs/reference/operators"');
  const operators = await request(api.app).get('/docs/reference/operators');
  for (const name of ['audits', 'drills']) expect(operators.text).toContain(`List ${name}`);
});

it('they can be called with those scopes, and only with them', async () => {
  const call = (...scopes: string[]) =>
    request(api.app)
      .get('/api/v1/audits')
      .set('Authorization', `Bearer ${api.pool.tokenWith(...scopes)}`);
  expect((await call('audits.read')).status).toBe(204);
  expect((await call(...Object.keys(things.scopes))).status).toBe(403);
});
