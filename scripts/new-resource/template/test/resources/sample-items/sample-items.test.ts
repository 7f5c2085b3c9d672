import { sampleItems } from '../../../src/resources/sample-items/resource';
import { example } from '../../../src/resources/sample-items/schema';
import { testApi, type TestApi } from '../../support/api';
import { apiClient } from '../../support/api-client';
import { emptyTables } from '../../support/test-database';

const COLLECTION = '/api/v1/sample-items';
const UNKNOWN = '01990000-0000-7000-8000-00000000dead';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi({ resources: [sampleItems] });
  client = apiClient(api, COLLECTION);
});

beforeEach(() => emptyTables(api.database));

afterAll(() => api.close());

async function create(): Promise<string> {
  const { status, body } = await client.post(example);
  expect(status).toBe(201);
  return body.id as string;
}

it('creates a sample item, which is read at its path', async () => {
  const { status, headers, body } = await client.post(example);
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(String),
    ...example,
    createdAt: expect.any(String),
    updatedAt: body.createdAt,
  });
  expect(headers['location']).toBe(`${COLLECTION}/${body.id}`);
  const read = await client.get(headers['location']!);
  expect({ status: read.status, body: read.body, etag: read.headers['etag'] }).toEqual({
    status: 200,
    body,
    etag: headers['etag'],
  });
});

it.each([
  ['no name', { ...example, name: undefined }, '#/name'],
  ['a name that is too long', { ...example, name: 'n'.repeat(201) }, '#/name'],
  ['a member that there is not', { ...example, id: UNKNOWN }, '#/id'],
])('answers 422 to %s', async (_, given, pointer) => {
  const { status, body } = await client.post(given);
  expect(status).toBe(422);
  expect(body.errors).toMatchObject([{ pointer }]);
});

it('changes what is given, and makes the next version', async () => {
  const id = await create();
  const { status, headers, body } = await client.patch(id, { name: 'Changed' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ ...example, id, name: 'Changed' });
  expect(headers['etag']).toBe('"2"');
  expect((await client.get(`${COLLECTION}/${id}`)).body).toEqual(body);
});

it('answers a patch without members with the sample item as it is', async () => {
  const id = await create();
  const { body, headers } = await client.patch(id, {});
  expect(body).toMatchObject({ ...example, id });
  expect(headers['etag']).toBe('"1"');
});

it('deletes a sample item', async () => {
  const id = await create();
  expect((await client.delete(id)).status).toBe(204);
  expect((await client.get(`${COLLECTION}/${id}`)).status).toBe(404);
});

describe.each([
  ['PATCH', (id: string, headers?: object) => client.patch(id, { name: 'Changed' }, headers)],
  ['DELETE', (id: string, headers?: object) => client.delete(id, headers)],
])('%s', (_, send) => {
  it('changes the version that If-Match names', async () => {
    expect((await send(await create(), { 'If-Match': '"1"' })).ok).toBe(true);
  });

  it('answers 412 where If-Match names another version, and changes nothing', async () => {
    const id = await create();
    const { status, body } = await send(id, { 'If-Match': '"2"' });
    expect({ status, code: body.code }).toEqual({ status: 412, code: 'version_mismatch' });
    expect((await client.get(`${COLLECTION}/${id}`)).headers['etag']).toBe('"1"');
  });

  it('answers 404 to an unknown id', async () => {
    const { status, body } = await send(UNKNOWN);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'sample_item_not_found' });
  });
});

it('lists every sample item once, page by page', async () => {
  const created = [await create(), await create(), await create()];
  const first = await client.get(`${COLLECTION}?limit=2`);
  const second = await client.get(`${COLLECTION}?limit=2&cursor=${first.body.next}`);
  const listed = [...first.body.data, ...second.body.data] as { id: string }[];
  expect(listed.map((each) => each.id)).toEqual(created);
  expect(second.body.next).toBeNull();
});
