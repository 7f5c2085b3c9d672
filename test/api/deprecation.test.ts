import request from 'supertest';
import { deprecationHeaders, deprecationNotice } from '../../src/api/deprecation';
import { testApi, type TestApi } from '../support/api';
import { DescribedAnswers } from '../support/described-answers';
import { things } from '../support/things/resource';

const THINGS = '/api/v1/things';
const deprecation = {
  since: '2026-11-01',
  sunset: '2027-05-01',
  advice: 'Use `GET /api/v2/things` in its place.',
};
const LINK = '</docs/changelog#deprecated>; rel="deprecation"; type="text/html"';
const HEADERS = { deprecation: '@1793491200', sunset: 'Sat, 01 May 2027 00:00:00 GMT', link: LINK };

describe('a deprecated operation', () => {
  let api: TestApi;

  beforeAll(async () => {
    const endpoints = things.endpoints.map((endpoint) =>
      endpoint.operationId === 'listThings' ? { ...endpoint, deprecation } : endpoint,
    );
    api = await testApi({ resources: [{ ...things, endpoints }] });
  });

  afterAll(() => api.close());

  const list = (...scopes: readonly string[]) =>
    request(api.app)
      .get(THINGS)
      .set('Authorization', `Bearer ${api.pool.tokenWith(...scopes)}`);

  it('has Deprecation, Sunset and a link in every answer, those of errors too', async () => {
    const answer = await list('things.read');
    expect(answer).toMatchObject({ status: 200, headers: HEADERS });
    expect(await list()).toMatchObject({ status: 403, headers: HEADERS });
  });

  it('is deprecated in the description, with its headers', async () => {
    const { body } = await request(api.app).get('/openapi.json');
    const operation = body.paths[THINGS].get;
    expect(operation).toMatchObject({
      deprecated: true,
      description: expect.stringContaining('Deprecated since 2026-11-01, to be removed on 2027-05-01. Use'),
    });
    expect(new DescribedAnswers(body as object).faults(THINGS, 'GET', await list('things.read'))).toEqual([]);
    expect(operation.responses['200'].headers).toMatchObject({
      Deprecation: {},
      Sunset: {},
      Link: { description: expect.stringMatching(/rel="next".*rel="deprecation"/) },
    });
  });

  it('links to the part of a page that lists it, beside the link to the next page', async () => {
    for (const label of ['First', 'Second'])
      await request(api.app)
        .post(THINGS)
        .set('Authorization', `Bearer ${api.pool.tokenWith('things.write')}`)
        .send({ label });
    const answer = await list('things.read').query({ limit: 1 });
    expect(answer.headers['link']).toBe(
      `${LINK}, </api/v1/things?limit=1&cursor=${answer.body.next}>; rel="next"`,
    );
    const [, path, id] = /<(.*)#(.*)>/.exec(LINK)!;
    const { text } = await request(api.app).get(path!);
    expect(text).toContain(`id="${id}"`);
  });

  it('is deprecated in the reference, and listed on the changelog page', async () => {
    const { text } = await request(api.app).get('/docs/reference/things');
    expect(text).toContain(
      'Deprecated since 2026-11-01, to be removed on 2027-05-01. Use <code>GET /api/v2/things</code> in its place.',
    );
    const changelog = await request(api.app).get('/docs/changelog');
    expect(changelog.text).toMatch(
      /Deprecated operations[\s\S]*href="\/docs\/reference\/things#listThings"[\s\S]*Deprecated since 2026-11-01/,
    );
  });

  it('leaves the others as they are', async () => {
    const { headers, status } = await request(api.app)
      .get(`${THINGS}/01990000-0000-7000-8000-000000000001`)
      .set('Authorization', `Bearer ${api.pool.tokenWith('things.read')}`);
    expect(status).toBe(404);
    expect(headers).not.toHaveProperty('deprecation');
  });
});

it('has no Sunset while the day is not known', () => {
  expect(deprecationHeaders({ since: '1970-01-02', advice: '' })).toEqual({
    Deprecation: '@86400',
    Link: LINK,
  });
});

it('names no day of its removal while the day is not known', () => {
  expect(deprecationNotice({ since: '2026-11-01', advice: 'Use another.' })).toBe(
    'Deprecated since 2026-11-01. Use another.',
  );
});

it.each(['2026-13-01', '2026-02-30', 'soon', '2026-1-1'])('refuses %s, which is not a day', (day) => {
  expect(() => deprecationHeaders({ since: day, advice: '' })).toThrow(RangeError);
});
