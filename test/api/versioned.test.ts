import { preconditionOf, versionsToChange } from '../../src/api/versioned';
import { problems } from '../../src/http/problem';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi();
  client = apiClient(api);
});

afterAll(() => api.close());

const THINGS = '/api/v1/things';
const UNKNOWN_ID = '01990000-0000-7000-8000-00000000dead';

let created = 0;

/** A thing that has just been created: version 1. */
async function create(): Promise<string> {
  const { status, body } = await client.post({ label: `Thing ${++created}` });
  expect(status).toBe(201);
  return body.id as string;
}

async function createSecondVersion(): Promise<string> {
  const id = await create();
  await client.patch(id, { label: `Second version of ${id}` });
  return id;
}

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

describe('GET', () => {
  it('answers 304 without a body to If-None-Match of the current version', async () => {
    const path = `${THINGS}/${await create()}`;
    const same = await client.get(path, { 'If-None-Match': '"1"' });
    expect(same.status).toBe(304);
    expect(same.text).toBe('');
    expect(same.headers['etag']).toBe('"1"');
  });

  it('answers 200 to If-None-Match of another version', async () => {
    const path = `${THINGS}/${await create()}`;
    expect(await client.get(path, { 'If-None-Match': '"2"' })).toMatchObject({ status: 200 });
  });
});

describe('a patch without members', () => {
  it('is answered with the item as it is, and makes no new version', async () => {
    const id = await createSecondVersion();
    const before = await client.get(`${THINGS}/${id}`);
    const { status, headers, body } = await client.patch(id, {}, { 'If-Match': '"2"' });
    expect([status, body, headers['etag']]).toEqual([200, before.body, '"2"']);
    expect((await client.get(`${THINGS}/${id}`)).headers['etag']).toBe('"2"');
  });

  it('is answered 412 where If-Match names another version', async () => {
    const { status, body } = await client.patch(await createSecondVersion(), {}, { 'If-Match': '"1"' });
    expect([status, body.code]).toEqual([412, 'version_mismatch']);
  });

  it('is answered 404 where there is no item', async () => {
    const { status, body } = await client.patch(UNKNOWN_ID, {});
    expect([status, body.code]).toEqual([404, 'thing_not_found']);
  });
});

describe.each(['PATCH', 'DELETE'])('If-Match on %s', (method) => {
  const change = (id: string, ifMatch: string) =>
    method === 'PATCH'
      ? client.patch(id, { label: `Changed ${id}` }, { 'If-Match': ifMatch })
      : client.delete(id, { 'If-Match': ifMatch });

  it.each(['"2"', '*', ' * ', '"1", "2"', '"2","3"', '"abc", "2"', 'W/"2", "2"'])(
    'lets %s change version 2',
    async (ifMatch) => {
      const { status } = await change(await createSecondVersion(), ifMatch);
      expect(status).toBe(method === 'PATCH' ? 200 : 204);
    },
  );

  it.each([
    '"1"',
    '"3"',
    'W/"2"',
    '"02x"',
    '"1", "3"',
    '"*"',
    '""',
    '"99999999999999999999"',
    '"-2"',
    '"2.0"',
    ',',
  ])('answers %s with 412 and leaves version 2 as it is', async (ifMatch) => {
    const id = await createSecondVersion();
    const { status, body } = await change(id, ifMatch);
    expect([status, body.code]).toEqual([412, 'version_mismatch']);
    const kept = await client.get(`${THINGS}/${id}`);
    expect(kept.body).toMatchObject({ label: `Second version of ${id}` });
    expect(kept.headers['etag']).toBe('"2"');
  });

  it.each(['2', "'2'", '"2', '2"', 'null', '"2" "2"', '*, "2"', 'w/"2"', '"a"b'])(
    'answers %s, which is no list of entity tags, with 400 and leaves version 2 as it is',
    async (ifMatch) => {
      const id = await createSecondVersion();
      const { status, body } = await change(id, ifMatch);
      expect([status, body.code]).toEqual([400, 'invalid_header']);
      expect(body.detail).toContain('If-Match');
      expect((await client.get(`${THINGS}/${id}`)).headers['etag']).toBe('"2"');
    },
  );

  it('answers 404 where there is no item', async () => {
    expect(await change(UNKNOWN_ID, '"1"')).toMatchObject({ status: 404 });
  });
});

describe.each(['PATCH', 'DELETE'])('If-None-Match on %s', (method) => {
  const change = (id: string, headers: Readonly<Record<string, string>>) =>
    method === 'PATCH' ? client.patch(id, { label: `Changed ${id}` }, headers) : client.delete(id, headers);

  it.each(['*', '"1"', 'W/"1"', '"7", "1"'])(
    'answers %s with 412 and leaves version 1 as it is',
    async (tags) => {
      const id = await create();
      const { status, body } = await change(id, { 'If-None-Match': tags });
      expect([status, body.code]).toEqual([412, 'version_mismatch']);
      expect((await client.get(`${THINGS}/${id}`)).headers['etag']).toBe('"1"');
    },
  );

  it.each(['"2"', '"7", "8"'])('lets %s change version 1', async (tags) => {
    const { status } = await change(await create(), { 'If-None-Match': tags });
    expect(status).toBe(method === 'PATCH' ? 200 : 204);
  });

  it('answers 412 where it holds and If-Match does not', async () => {
    const { status } = await change(await create(), { 'If-None-Match': '"2"', 'If-Match': '"2"' });
    expect(status).toBe(412);
  });

  it('answers 404 where there is no item', async () => {
    const { status, body } = await change(UNKNOWN_ID, { 'If-None-Match': '"1"' });
    expect([status, body.code]).toEqual([404, 'thing_not_found']);
  });
});

it('an endpoint without preconditions ignores those of a request', async () => {
  const headers = { 'If-Match': 'no entity tag', 'If-None-Match': '*' };
  expect(await client.get(THINGS, headers)).toMatchObject({ status: 200 });
});

it('a change whose preconditions its statement can evaluate does not read the item before', async () => {
  const find = jest.fn();
  expect(await versionsToChange({ 'if-match': '"1"' }, find, problems.notFound)).toEqual([1]);
  expect(await versionsToChange({}, find, problems.notFound)).toBeUndefined();
  expect(find).not.toHaveBeenCalled();
});

describe('a precondition that is evaluated by the version that is found', () => {
  it.each([
    [{}, 2, true],
    [{}, undefined, true],
    [{ 'if-match': '"2"' }, 2, true],
    [{ 'if-match': '"1"' }, 2, false],
    [{ 'if-match': '*' }, 2, true],
    [{ 'if-match': '*' }, undefined, false],
    [{ 'if-none-match': '"2"' }, 2, false],
    [{ 'if-none-match': '"1"' }, 2, true],
    [{ 'if-none-match': '*' }, 2, false],
    [{ 'if-none-match': '*' }, undefined, true],
  ])('of %j, where that is %s, holds: %s', (headers, version, holds) => {
    expect(preconditionOf(headers)(version)).toBe(holds);
  });
});
