import { users } from '../../../src/resources/users/resource';
import { testApi, type TestApi } from '../../support/api';
import { apiClient } from '../../support/api-client';
import { emptyTables } from '../../support/test-database';

const USERS = '/api/v1/users';
const ada = { email: 'Ada@example.com', name: 'Ada Lovelace' };
const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UNKNOWN_ID = '01990000-0000-7000-8000-00000000dead';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi({ resources: [users] });
  client = apiClient(api, USERS);
});

beforeEach(() => emptyTables(api.database));

afterAll(() => api.close());

async function create(user: { email: string; name: string } = ada): Promise<string> {
  const { status, body } = await client.post(user);
  expect(status).toBe(201);
  return body.id as string;
}

describe('create', () => {
  it('answers 201 with the user, its path and its entity tag', async () => {
    const { status, headers, body } = await client.post(ada);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(UUID_V7),
      ...ada,
      createdAt: expect.stringMatching(INSTANT),
      updatedAt: body.createdAt,
    });
    expect(headers['location']).toBe(`${USERS}/${body.id}`);
    expect(headers['etag']).toBe('"1"');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('gives a path under which the user can be read', async () => {
    const { headers, body } = await client.post(ada);
    const read = await client.get(headers['location']!);
    expect(read.status).toBe(200);
    expect(read.body).toEqual(body);
    expect(read.headers['etag']).toBe(headers['etag']);
  });

  it('trims what people typed', async () => {
    const { body } = await client.post({ email: '  ada@example.com ', name: '\t Ada \n' });
    expect(body).toMatchObject({ email: 'ada@example.com', name: 'Ada' });
  });

  it.each(['Ada@example.com', 'ada@EXAMPLE.com', ' ADA@example.com '])(
    'answers 409 to an address that is taken: %s',
    async (email) => {
      await create();
      const { status, body } = await client.post({ email, name: 'Another' });
      expect(status).toBe(409);
      expect(body.code).toBe('email_taken');
    },
  );

  it.each([
    ['the longest name', { email: 'a@example.com', name: 'n'.repeat(200) }],
    ['a name beyond the basic plane', { email: 'a@example.com', name: '🦀 Łukasz 李' }],
    ['a right-to-left name', { email: 'a@example.com', name: 'عمر' }],
    ['quotes and markup', { email: "o'neil+x@example.com", name: `'; DROP TABLE users; -- <b>"\\%_` }],
    [
      'the longest address',
      { email: `${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(3)}${'c'.repeat(6)}`, name: 'n' },
    ],
  ])('keeps %s as it was given', async (_title, user) => {
    const id = await create(user);
    expect((await client.get(`${USERS}/${id}`)).body).toMatchObject(user);
  });
});

describe('read', () => {
  it.each([
    ['an unknown id', UNKNOWN_ID],
    ['what is no id', 'me'],
  ])('answers 404 to %s', async (_title, id) => {
    const { status, body } = await client.get(`${USERS}/${id}`);
    expect([status, body.code]).toEqual([404, 'user_not_found']);
  });

  it('answers 304 to If-None-Match of the current version', async () => {
    const id = await create();
    expect(await client.get(`${USERS}/${id}`, { 'If-None-Match': '"1"' })).toMatchObject({ status: 304 });
  });
});

describe('change', () => {
  it.each(['application/merge-patch+json', 'application/json', 'APPLICATION/JSON; charset=UTF-8'])(
    'takes %s, and changes only what is given',
    async (type) => {
      const id = await create();
      const before = (await client.get(`${USERS}/${id}`)).body;
      const { status, headers, body } = await client.patch(
        id,
        { name: ' Ada King ' },
        { 'Content-Type': type },
      );
      expect(status).toBe(200);
      expect(body).toEqual({
        ...before,
        name: 'Ada King',
        updatedAt: expect.stringMatching(INSTANT),
      });
      expect(headers['etag']).toBe('"2"');
      expect((await client.get(`${USERS}/${id}`)).body).toEqual(body);
    },
  );

  it('answers a patch without members with the user as it is, and makes no new version', async () => {
    const id = await create();
    await client.patch(id, { name: 'Ada King' });
    const before = await client.get(`${USERS}/${id}`);
    const { status, headers, body } = await client.patch(id, {}, { 'If-Match': '"2"' });
    expect(status).toBe(200);
    expect(body).toEqual(before.body);
    expect(headers['etag']).toBe('"2"');
    expect((await client.get(`${USERS}/${id}`)).headers['etag']).toBe('"2"');
  });

  it.each([
    [412, 'version_mismatch', '"1"'],
    [404, 'user_not_found', undefined],
  ])('answers %i %s to a patch without members as to any other', async (expected, code, ifMatch) => {
    const id = await create();
    await client.patch(id, { name: 'Ada King' });
    const { status, body } = ifMatch
      ? await client.patch(id, {}, { 'If-Match': ifMatch })
      : await client.patch(UNKNOWN_ID, {});
    expect({ status, code: body.code }).toEqual({ status: expected, code });
  });

  it('lets a user change the case of its own address', async () => {
    const id = await create();
    const { status, body } = await client.patch(id, { email: 'ADA@example.com' });
    expect(status).toBe(200);
    expect(body.email).toBe('ADA@example.com');
  });

  it('answers 409 to the address of another', async () => {
    await create({ email: 'taken@example.com', name: 'Other' });
    const id = await create();
    const { status, body } = await client.patch(id, { email: 'TAKEN@example.com' });
    expect(status).toBe(409);
    expect(body.code).toBe('email_taken');
    expect((await client.get(`${USERS}/${id}`)).headers['etag']).toBe('"1"');
  });
});

describe('delete', () => {
  it('answers 204 without a body, and the user is gone', async () => {
    const id = await create();
    const { status, text } = await client.delete(id);
    expect(status).toBe(204);
    expect(text).toBe('');
    expect(await client.get(`${USERS}/${id}`)).toMatchObject({ status: 404 });
  });

  it('answers 404 the second time', async () => {
    const id = await create();
    await client.delete(id);
    expect((await client.delete(id)).body).toMatchObject({ status: 404, code: 'user_not_found' });
  });

  it('frees the address', async () => {
    await client.delete(await create());
    await create();
  });
});

describe.each(['PATCH', 'DELETE'])('%s', (method) => {
  const change = (id: string, headers: Readonly<Record<string, string>>) =>
    method === 'PATCH' ? client.patch(id, { name: 'Changed' }, headers) : client.delete(id, headers);

  it.each([{ 'If-Match': '"1"' }, { 'If-None-Match': '"2"' }])(
    'answers %j with 412 and leaves version 2 as it is',
    async (headers) => {
      const id = await create();
      await client.patch(id, { name: 'Second' });
      const { status, body } = await change(id, headers);
      expect([status, body.code]).toEqual([412, 'version_mismatch']);
      expect((await client.get(`${USERS}/${id}`)).body).toMatchObject({ name: 'Second' });
    },
  );

  it.each([{ 'If-Match': '"1"' }, { 'If-None-Match': '"2"' }])(
    'lets %j change version 1',
    async (headers) => {
      expect(await change(await create(), headers)).toMatchObject({ status: method === 'PATCH' ? 200 : 204 });
    },
  );

  it.each([{ 'If-Match': '"1"' }, { 'If-None-Match': '"1"' }])(
    'answers %j with 404 where there is no user',
    async (headers) => {
      const { status, body } = await change(UNKNOWN_ID, headers);
      expect([status, body.code]).toEqual([404, 'user_not_found']);
    },
  );
});

describe('list', () => {
  async function createMany(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i += 1)
      ids.push(await create({ email: `user-${i}@example.com`, name: `${i}` }));
    return ids;
  }

  it('is an empty page where there are no users', async () => {
    const { status, headers, body } = await client.get(USERS);
    expect(status).toBe(200);
    expect(body).toEqual({ data: [], next: null });
    expect(headers).not.toHaveProperty('link');
  });

  it('gives every user once, in order, along the Link headers', async () => {
    const ids = await createMany(7);
    const seen: string[] = [];
    let pages = 0;
    for (let path: string | undefined = `${USERS}?limit=3`; path; pages += 1) {
      const { headers, body } = await client.get(path);
      seen.push(...(body.data as { id: string }[]).map(({ id }) => id));
      path = /^<(\/[^>]*)>; rel="next"$/.exec((headers as Record<string, string>)['link'] ?? '')?.[1];
    }
    expect(seen).toEqual(ids);
    expect(pages).toBe(3);
  });

  it('gives the same along the cursors', async () => {
    const ids = await createMany(4);
    const first = await client.get(`${USERS}?limit=2`);
    const second = await client.get(`${USERS}?limit=2&cursor=${first.body.next}`);
    expect([...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.body.next).toBeNull();
  });

  it('ends with the page that the last user fills', async () => {
    await createMany(2);
    const { headers, body } = await client.get(`${USERS}?limit=2`);
    expect(body).toMatchObject({ data: [{}, {}], next: null });
    expect(headers).not.toHaveProperty('link');
  });

  it('skips no user when users are deleted between two pages', async () => {
    const ids = await createMany(4);
    const { body } = await client.get(`${USERS}?limit=2`);
    await client.delete(ids[1]!);
    const rest = await client.get(`${USERS}?cursor=${body.next}`);
    expect((rest.body.data as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it('holds 20 users where no limit is given', async () => {
    await createMany(21);
    const { body } = await client.get(USERS);
    expect(body.data).toHaveLength(20);
  });

  it.each(['ada@example.com', 'ADA@EXAMPLE.COM', '%20Ada@example.com'])(
    'finds the user with an address regardless of case: %s',
    async (email) => {
      const id = await create();
      await createMany(2);
      const { body } = await client.get(`${USERS}?email=${email}`);
      expect(body).toMatchObject({ data: [{ id, email: 'Ada@example.com' }], next: null });
    },
  );

  it('finds no user under an address that no user has', async () => {
    await create();
    expect((await client.get(`${USERS}?email=ada@example.co`)).body).toEqual({ data: [], next: null });
  });
});

describe('a body that does not fit', () => {
  it.each([
    ['no members', {}, ['#/email', '#/name']],
    ['a name that is too long', { ...ada, name: 'n'.repeat(201) }, ['#/name']],
    ['an address that is too long', { ...ada, email: `${'a'.repeat(243)}@example.com` }, ['#/email']],
    ['no address', { ...ada, email: 'ada' }, ['#/email']],
    ['NUL in the address', { ...ada, email: 'ada\0@example.com' }, ['#/email']],
    ['a line break in the address', { ...ada, email: 'ada@example.com\nbcc: x@example.com' }, ['#/email']],
    ['a lone surrogate in the address', `{"email":"\\ud800@example.com","name":"Ada"}`, ['#/email']],
    ['an address beyond ASCII', { ...ada, email: 'ada@exämple.com' }, ['#/email']],
    ['two addresses', { ...ada, email: 'a@example.com, b@example.com' }, ['#/email']],
  ])('is 422: %s', async (_, body, pointers) => {
    const answer = await client.post(body);
    expect(answer.status).toBe(422);
    const errors = answer.body.errors as { pointer: string }[];
    expect([...new Set(errors.map(({ pointer }) => pointer))]).toEqual(pointers);
  });
});

describe('the query of a list', () => {
  it.each([
    'limit=0',
    'cursor=abc',
    'email=',
    'email=ada',
    'email=%00@example.com',
    'email=a@example.com&email=b@example.com',
    `email=${'a'.repeat(250)}@example.com`,
  ])('is 400 where it is "%s"', async (query) => {
    const { status, body } = await client.get(`${USERS}?${query}`);
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_query');
    expect(body.detail).toContain(query.split('=')[0]);
  });
});
