import type { UserStore } from '../../src/api/users/store';
import { postgresUserStore } from '../../src/api/users/store';
import { Database } from '../../src/database/pool';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';
import { memoryUserStore } from '../support/memory-user-store';
import { testDatabase } from '../support/test-database';

const USERS = '/api/v1/users';
const ada = { email: 'Ada@example.com', name: 'Ada Lovelace' };
const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const nobody = '01990000-0000-7000-8000-00000000dead';

interface Backing {
  readonly store: UserStore;
  close(): Promise<void>;
}

function inMemory(): Promise<Backing> {
  return Promise.resolve({ store: memoryUserStore(), close: () => Promise.resolve() });
}

async function inPostgres(): Promise<Backing> {
  const test = await testDatabase();
  const database = new Database({
    server: { connectionString: test.url },
    ca: undefined,
    poolSize: 2,
    log: { warn: () => undefined },
  });
  return {
    store: postgresUserStore(database),
    async close() {
      await database.close();
      await test.drop();
    },
  };
}

describe.each([
  ['in memory', inMemory],
  ['in PostgreSQL', inPostgres],
])('users %s', (_, makeBacking) => {
  let backing: Backing;
  let api: TestApi;
  let client: ReturnType<typeof apiClient>;

  beforeAll(async () => {
    backing = await makeBacking();
    api = await testApi({ stores: { users: backing.store } });
    client = apiClient(api);
  });

  beforeEach(async () => {
    const { store } = backing;
    for (const { id } of await store.list({ limit: 1000 })) await store.delete(id, undefined);
  });

  afterAll(async () => {
    await api.close();
    await backing.close();
  });

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
    it('takes an id in capitals for the same', async () => {
      const id = await create();
      const { status, body } = await client.get(`${USERS}/${id.toUpperCase()}`);
      expect(status).toBe(200);
      expect(body.id).toBe(id);
    });

    it.each([
      ['an unknown id', nobody],
      ['no UUID', 'me'],
      ['a number', '1'],
      ['a space', '%20'],
      ['a NUL', '%00'],
      ['a percent sign without digits', '%zz'],
      ['invalid UTF-8', '%ff%fe'],
      ['an encoded slash', '..%2f..%2fetc'],
      ['a UUID in braces', `%7b${nobody}%7d`],
      ['a UUID without dashes', nobody.replaceAll('-', '')],
      ['a UUID and more', `${nobody}0`],
      ['a UUID and a line break', `${nobody}%0a`],
      ['digits beyond ASCII', nobody.replace('0', '%D9%A0')],
      ['a name of an object member', '__proto__'],
      ['a very long one', 'x'.repeat(5000)],
    ])('answers 404 to %s', async (_title, id) => {
      for (const { status, body } of [
        await client.get(`${USERS}/${id}`),
        await client.patch(id, { name: 'x' }),
        await client.delete(id),
      ]) {
        expect(status).toBe(404);
        expect(['user_not_found', 'not_found']).toContain(body.code);
      }
    });

    it('answers 304 without a body to If-None-Match of the current version', async () => {
      const id = await create();
      const same = await client.get(`${USERS}/${id}`, { 'If-None-Match': '"1"' });
      expect(same.status).toBe(304);
      expect(same.text).toBe('');
      expect(same.headers['etag']).toBe('"1"');
    });

    it('answers 200 to If-None-Match of another version', async () => {
      const id = await create();
      expect(await client.get(`${USERS}/${id}`, { 'If-None-Match': '"2"' })).toMatchObject({ status: 200 });
    });

    it('answers 200 to If-Match of the current version', async () => {
      const id = await create();
      expect(await client.get(`${USERS}/${id}`, { 'If-Match': '"1"' })).toMatchObject({ status: 200 });
    });

    it.each(['get', 'head'] as const)(
      'answers %s with 412 to If-Match of another version',
      async (method) => {
        const id = await create();
        expect(await client[method](`${USERS}/${id}`, { 'If-Match': '"2"' })).toMatchObject({ status: 412 });
      },
    );

    it('says in its 412 what is wrong', async () => {
      const { body } = await client.get(`${USERS}/${await create()}`, { 'If-Match': '"2"' });
      expect(body).toMatchObject({ code: 'precondition_failed' });
    });

    it.each([
      ['If-Modified-Since', 'Thu, 01 Jan 2099 00:00:00 GMT'],
      ['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ])('ignores %s, since a user has no modification date', async (name, date) => {
      const id = await create();
      expect(await client.get(`${USERS}/${id}`, { [name]: date })).toMatchObject({ status: 200 });
    });

    it('answers 404 where there is no user, whatever the preconditions', async () => {
      const headers = { 'If-Match': '"1"', 'If-None-Match': '*' };
      expect(await client.get(`${USERS}/${nobody}`, headers)).toMatchObject({ status: 404 });
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

    it('answers 200 to a patch that changes nothing', async () => {
      const id = await create();
      const { status, body } = await client.patch(id, {});
      expect(status).toBe(200);
      expect(body).toMatchObject(ada);
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

  describe.each(['PATCH', 'DELETE'])('If-Match on %s', (method) => {
    const change = (id: string, ifMatch: string) =>
      method === 'PATCH'
        ? client.patch(id, { name: 'Changed' }, { 'If-Match': ifMatch })
        : client.delete(id, { 'If-Match': ifMatch });

    async function secondVersion(): Promise<string> {
      const id = await create();
      await client.patch(id, { name: 'Second' });
      return id;
    }

    it.each(['"2"', '*', ' * ', '"1", "2"', '"2","3"', '"abc", "2"', 'W/"2", "2"'])(
      'lets %s change version 2',
      async (ifMatch) => {
        const { status } = await change(await secondVersion(), ifMatch);
        expect(status).toBe(method === 'PATCH' ? 200 : 204);
      },
    );

    it.each([
      '"1"',
      '"3"',
      'W/"2"',
      '2',
      "'2'",
      '"2',
      '"02x"',
      '"1", "3"',
      '"*"',
      '""',
      '"99999999999999999999"',
      '"-2"',
      '"2.0"',
      ',',
      'null',
    ])('answers %s with 412 and leaves version 2 as it is', async (ifMatch) => {
      const id = await secondVersion();
      const { status, body } = await change(id, ifMatch);
      expect(status).toBe(412);
      expect(body.code).toBe('version_mismatch');
      const kept = await client.get(`${USERS}/${id}`);
      expect(kept.body).toMatchObject({ name: 'Second' });
      expect(kept.headers['etag']).toBe('"2"');
    });

    it('answers 404 where there is no user', async () => {
      expect(await change(nobody, '"1"')).toMatchObject({ status: 404 });
    });
  });

  describe.each(['PATCH', 'DELETE'])('If-None-Match on %s', (method) => {
    const change = (id: string, headers: Record<string, string>) =>
      method === 'PATCH' ? client.patch(id, { name: 'Changed' }, headers) : client.delete(id, headers);

    it.each(['"1"', 'W/"1"', '*', '"3", "1"'])(
      'answers %s with 412 and leaves version 1',
      async (ifNoneMatch) => {
        const id = await create();
        const { status, body } = await change(id, { 'If-None-Match': ifNoneMatch });
        expect(status).toBe(412);
        expect(body.code).toBe('version_mismatch');
        expect((await client.get(`${USERS}/${id}`)).headers['etag']).toBe('"1"');
      },
    );

    it.each(['"2"', '"2", "3"', '1'])('lets %s change version 1', async (ifNoneMatch) => {
      const { status } = await change(await create(), { 'If-None-Match': ifNoneMatch });
      expect(status).toBe(method === 'PATCH' ? 200 : 204);
    });

    it('holds beside If-Match', async () => {
      const id = await create();
      expect(await change(id, { 'If-Match': '"2"', 'If-None-Match': '"3"' })).toMatchObject({ status: 412 });
      expect(await change(id, { 'If-Match': '"1"', 'If-None-Match': '"3"' })).toMatchObject({
        status: method === 'PATCH' ? 200 : 204,
      });
    });

    it('answers 404 where there is no user', async () => {
      expect(await change(nobody, { 'If-None-Match': '*' })).toMatchObject({ status: 404 });
    });
  });

  describe('list', () => {
    it.each([
      ['If-None-Match', '*'],
      ['If-Match', '"1"'],
      ['If-Modified-Since', 'Thu, 01 Jan 2099 00:00:00 GMT'],
    ])('has no entity tag, and so takes no notice of %s', async (name, value) => {
      expect(await client.get(USERS, { [name]: value })).toMatchObject({ status: 200 });
    });

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

    it('skips nobody when users are deleted between two pages', async () => {
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

    it('finds nobody under an address that nobody has', async () => {
      await create();
      expect((await client.get(`${USERS}?email=ada@example.co`)).body).toEqual({ data: [], next: null });
    });
  });
});

describe('the query of a list', () => {
  let api: TestApi;
  let client: ReturnType<typeof apiClient>;

  beforeAll(async () => {
    api = await testApi();
    client = apiClient(api);
  });

  afterAll(() => api.close());

  it.each([
    'limit=1',
    'limit=100',
    'limit=007',
    'unknown=1',
    '',
    'cursor=01990000-0000-7000-8000-000000000001',
  ])('may be "%s"', async (query) => {
    expect(await client.get(`${USERS}?${query}`)).toMatchObject({ status: 200 });
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=1.5',
    'limit=-1',
    'limit=',
    'limit=abc',
    'limit=1e1',
    'limit=0x10',
    'limit=%2010',
    'limit=9999999999999999999999',
    'limit=1&limit=2',
    'limit=%D9%A1',
    'cursor=',
    'cursor=abc',
    'cursor=01990000-0000-7000-8000-00000000000!',
    'cursor=0199000000007000800000000000001',
    "cursor='%20OR%201=1%20--%20-------",
    'cursor=01990000-0000-7000-8000-000000000001&cursor=01990000-0000-7000-8000-000000000001',
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

  it('names every parameter that is wrong', async () => {
    const { body } = await client.get(`${USERS}?limit=0&cursor=x&email=y`);
    for (const name of ['limit', 'cursor', 'email']) expect(body.detail).toContain(name);
  });

  it.each(['__proto__[limit]=1', 'constructor=1', 'toString=1', '%zz', 'a=%ff'])(
    'is not harmed by "%s"',
    async (query) => {
      expect(await client.get(`${USERS}?${query}`)).toMatchObject({ status: 200 });
    },
  );
});
