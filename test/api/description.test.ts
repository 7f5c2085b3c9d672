import request from 'supertest';
import { testApi, type TestApi } from '../support/api';
import { DescribedAnswers } from '../support/described-answers';
import { describeDescribedEndpoints } from '../support/described-endpoints';
import { provocations } from '../support/things/provocations';
import { things } from '../support/things/resource';

describeDescribedEndpoints([things], { things: provocations });

describe('the description', () => {
  let api: TestApi;
  let described: DescribedAnswers;

  beforeAll(async () => {
    api = await testApi();
    const { body } = await request(api.app).get('/openapi.json');
    described = new DescribedAnswers(body as object);
  });

  afterAll(() => api.close());

  it.each([
    ['an unknown path', 404, 'GET', '/api/v1/nothing'],
    ['an unknown method', 405, 'PUT', '/api/v1/things'],
    ['a path beside the API', 404, 'GET', '/nothing'],
  ] as const)('has the form of the answer to %s too', async (_, status, method, path) => {
    const sent = request(api.app)[method.toLowerCase() as 'get' | 'put'](path);
    const answer = await sent.set('Authorization', `Bearer ${api.pool.token()}`);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(described.componentFaults('Problem', answer.body)).toEqual([]);
  });

  it('shows a page with the cursor of the next', async () => {
    const { body } = await request(api.app).get('/openapi.json');
    const [example] = body.components.schemas.ThingPage.examples;
    expect(example.next).toBe(example.data[0].id);
  });

  it('shows what is wrong with a body that does not fit', async () => {
    const { body } = await request(api.app).get('/openapi.json');
    const { examples } = body.components.responses.InvalidBody.content['application/problem+json'];
    expect(examples.invalid_body.value.errors).toEqual([{ pointer: '#/name', detail: 'is required' }]);
  });

  it('names the base URL of the API as its server', async () => {
    const { body } = await request(api.app).get('/openapi.json');
    expect(body.servers).toMatchObject([{ url: 'https://things.example.com' }]);
  });

  it('names the scopes that an operation needs, in words and as its security', async () => {
    const { body } = await request(api.app).get('/openapi.json');
    const { description, security } = body.paths['/api/v1/things'].post;
    const [scope] = security[0].cognito;
    expect(scope).toMatch(/\/things\.write$/);
    expect(description).toBe(`Create a thing. Needs \`${scope}\`.`);
  });

  it('has both answers of an operation that may create', async () => {
    const endpoints = things.endpoints.map((endpoint) => ({
      ...endpoint,
      response: { ...endpoint.response, created: 'It was created' },
    }));
    const creating = await testApi({ resources: [{ ...things, endpoints }] });
    const { body } = await request(creating.app).get('/openapi.json');
    const { 200: found, 201: made } = body.paths['/api/v1/things/{id}'].get.responses;
    expect(made).toEqual({ ...found, description: 'It was created' });
    await creating.close();
  });

  it('says that every answer has its request id', async () => {
    const { body } = await request(api.app).get('/openapi.json');
    expect(body.components.headers['X-Request-Id']).toMatchObject({ required: true });
  });

  it('has no text in angle brackets, which readers of Markdown take for HTML', async () => {
    const { text } = await request(api.app).get('/openapi.json');
    expect([...text.matchAll(/"(?:description|summary|detail)":"[^"]*<[^"]*"/g)].map(String)).toEqual([]);
  });

  it('has only examples that fit their schemas', () => {
    expect(described.exampleFaults()).toEqual([]);
  });

  it('is found wrong where an answer is not as it says', async () => {
    const { body, headers, text } = await request(api.app).get('/api/v1/things');
    const answer = {
      status: 503,
      headers: { ...headers, etag: '"1"' },
      body: { ...body, status: '503' },
      text,
    };
    expect(described.faults('/api/v1/things', 'GET', answer)).toEqual(
      expect.arrayContaining(['etag is not described', 'body/status: must be integer']),
    );
    expect(described.faults('/api/v1/things', 'GET', { ...answer, status: 418 })).toEqual([
      'status 418 is not described',
    ]);
  });
});
