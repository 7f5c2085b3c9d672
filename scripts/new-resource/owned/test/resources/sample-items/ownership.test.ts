import { sampleItems } from '../../../src/resources/sample-items/resource';
import { example } from '../../../src/resources/sample-items/schema';
import { testApi, type TestApi } from '../../support/api';
import { apiClient } from '../../support/api-client';
import { LISTED_CLIENT_ID } from '../../support/user-pool';

const COLLECTION = '/api/v1/sample-items';

let api: TestApi;
let owner: ReturnType<typeof apiClient>;
let other: ReturnType<typeof apiClient>;
let id: string;

beforeAll(async () => {
  api = await testApi({ resources: [sampleItems] });
  owner = apiClient(api, COLLECTION);
  other = apiClient(api, COLLECTION, LISTED_CLIENT_ID);
});

beforeEach(async () => {
  const { body } = await owner.post(example);
  id = body.id as string;
});

afterAll(() => api.close());

it('lists to each client its own sample items alone', async () => {
  const { body: created } = await other.post(example);
  const ids = async (client: typeof owner) =>
    ((await client.get(COLLECTION)).body.data as { id: string }[]).map((each) => each.id);
  expect(await ids(other)).toEqual([created.id]);
  expect(await ids(owner)).toContain(id);
  expect(await ids(owner)).not.toContain(created.id);
});

describe.each([{}, { 'If-Match': '"1"' }, { 'If-Match': '"2"' }, { 'If-None-Match': '"1"' }])(
  'the sample item of another client, with %j',
  (headers) => {
    it.each([
      ['read', () => other.get(`${COLLECTION}/${id}`, headers)],
      ['change', () => other.patch(id, { name: 'Changed' }, headers)],
      ['change by a patch without members', () => other.patch(id, {}, headers)],
      ['delete', () => other.delete(id, headers)],
    ])('is 404 to a %s, and stays as it is', async (_, send) => {
      const { status, body } = await send();
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'sample_item_not_found' });
      const kept = await owner.get(`${COLLECTION}/${id}`);
      expect(kept.body).toMatchObject({ id, ...example });
      expect(kept.headers['etag']).toBe('"1"');
    });
  },
);
