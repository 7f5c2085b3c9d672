import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi();
  client = apiClient(api);
});

afterAll(() => api.close());

it('makes one of several simultaneous changes to a version, and answers the others 412', async () => {
  const { headers, body } = await client.post({ label: 'Desk' });
  const changes = ['a', 'b', 'c', 'd'].map((label) =>
    client.patch(body.id, { label }, { 'If-Match': headers['etag']! }),
  );
  const answers = await Promise.all(changes);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  const kept = await client.get(headers['location']!);
  expect(kept.body).toEqual(answers.find(({ status }) => status === 200)!.body);
});

it.each([`'; DROP TABLE things; --`, `' OR ''='`, '$1', '%', '\\', '${label}'])(
  'keeps %s as the text that it is',
  async (label) => {
    const { headers } = await client.post({ label });
    expect((await client.get(headers['location']!)).body).toMatchObject({ label });
  },
);
