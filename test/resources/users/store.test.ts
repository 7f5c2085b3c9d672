import type { Versioned } from '../../../src/api/versioned';
import type { Database } from '../../../src/database/database';
import type { User } from '../../../src/resources/users/schema';
import { UserStore } from '../../../src/resources/users/store';
import { connected } from '../../support/database';
import { testDatabase, type TestDatabase } from '../../support/test-database';
import { until } from '../../support/until';

const ada = { email: 'Ada@example.com', name: 'Ada Lovelace' };
const UNKNOWN_ID = '01990000-0000-7000-8000-00000000dead';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await testDatabase();
  database = connected(test.url, { poolSize: 8 });
});

afterAll(async () => {
  await database.close();
  await test.drop();
});

it('passes on what it does not know, rather than call it something else', async () => {
  const store = new UserStore(database);
  const name = 'n'.repeat(201);
  await expect(store.create({ ...ada, name })).rejects.toMatchObject({ code: '23514' });
  const { item: user } = (await store.create({ ...ada, email: 'passes-on@example.com' })) as Versioned<User>;
  await expect(store.update(user.id, { name }, undefined)).rejects.toMatchObject({ code: '23514' });
});

describe('users', () => {
  let store: UserStore;

  beforeEach(async () => {
    await database.query('DELETE FROM users');
    store = new UserStore(database);
  });

  async function create(email = ada.email, name = ada.name): Promise<Versioned<User>> {
    const created = await store.create({ email, name });
    if (created === 'email_taken') throw new Error(`${email} is taken`);
    return created;
  }

  it('begin at version 1, with equal times in UTC', async () => {
    const { item: user, version } = await create();
    expect(version).toBe(1);
    expect(user).toEqual({
      ...ada,
      id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: user.createdAt,
    });
    expect(Math.abs(Date.parse(user.createdAt) - Date.now())).toBeLessThan(60_000);
  });

  it('are found as they were created', async () => {
    const created = await create();
    expect(await store.find(created.item.id)).toEqual(created);
  });

  it('are not found where there are none', async () => {
    expect(await store.find(UNKNOWN_ID)).toBeUndefined();
  });

  it.each(['Ada@example.com', 'ADA@EXAMPLE.COM', 'ada@example.com'])(
    'have an address that no other has: %s',
    async (email) => {
      await create();
      expect(await store.create({ email, name: 'Another' })).toBe('email_taken');
      expect(await store.list({ limit: 10 })).toHaveLength(1);
    },
  );

  it('are distinguished by every letter of the address but its case', async () => {
    await create('ada@example.com');
    await create('ada.@example.com');
    await create('bda@example.com');
    expect(await store.list({ limit: 10 })).toHaveLength(3);
  });

  it('are created once where many create the same at the same time', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_each, i) => store.create({ ...ada, name: `${i}` })),
    );
    expect(results.filter((result) => result !== 'email_taken')).toHaveLength(1);
    expect(await store.list({ limit: 10 })).toHaveLength(1);
  });

  describe('when they change', () => {
    it('get the next version and what was given', async () => {
      const { item: user } = await create();
      const updated = await store.update(user.id, { name: 'Ada King' }, undefined);
      expect(updated).toEqual({
        item: { ...user, name: 'Ada King', updatedAt: expect.any(String) },
        version: 2,
      });
      expect(await store.find(user.id)).toEqual(updated);
    });

    it('get the time of the change', async () => {
      const { item: user } = await create();
      const later = await until('a later time', async () => {
        const { item: changed } = (await store.update(user.id, { name: 'x' }, undefined)) as Versioned<User>;
        return changed.updatedAt > user.updatedAt && changed;
      });
      expect(later).toMatchObject({ createdAt: user.createdAt });
      expect(await store.find(user.id)).toMatchObject({ item: later });
    });

    it('keep what was not given', async () => {
      const { item: user } = await create();
      const email = 'king@example.com';
      expect(await store.update(user.id, { email }, undefined)).toMatchObject({ item: { ...ada, email } });
      expect(await store.update(user.id, { name: 'Ada King' }, undefined)).toMatchObject({
        item: { email, name: 'Ada King' },
      });
    });

    it.each([[undefined], [[1]], [[2, 1]]])(
      'keep everything where nothing was given, the version and the time included: %j',
      async (versions) => {
        const created = await create();
        await until('a later time', () => Date.now() > Date.parse(created.item.updatedAt));
        expect(await store.update(created.item.id, {}, versions)).toEqual(created);
        expect(await store.find(created.item.id)).toEqual(created);
      },
    );

    it('have to be there and to have one of the versions, also where nothing was given', async () => {
      const { item: user } = await create();
      expect(await store.update(UNKNOWN_ID, {}, undefined)).toBe('not_found');
      expect(await store.update(UNKNOWN_ID, {}, [1])).toBe('not_found');
      expect(await store.update(user.id, {}, [2])).toBe('version_mismatch');
      expect(await store.update(user.id, {}, [])).toBe('version_mismatch');
    });

    it('may change the case of their own address', async () => {
      const { item: user } = await create();
      const updated = await store.update(user.id, { email: 'ADA@example.com' }, undefined);
      expect(updated).toMatchObject({ item: { email: 'ADA@example.com' } });
    });

    it('cannot take the address of another', async () => {
      await create('taken@example.com');
      const { item: user } = await create();
      expect(await store.update(user.id, { email: 'Taken@example.com' }, undefined)).toBe('email_taken');
      expect(await store.find(user.id)).toEqual({ item: user, version: 1 });
    });

    it.each([
      [[1], 'version_mismatch'],
      [[], 'version_mismatch'],
      [[1, 3], 'version_mismatch'],
      [[999_999_999], 'version_mismatch'],
    ])('stay as they are where none of the versions %j is theirs', async (versions, obstacle) => {
      const { item: user } = await create();
      const second = await store.update(user.id, { name: 'Second' }, undefined);
      expect(await store.update(user.id, { name: 'x' }, versions)).toBe(obstacle);
      expect(await store.find(user.id)).toEqual(second);
    });

    it('change where one of the versions is theirs', async () => {
      const { item: user } = await create();
      expect(await store.update(user.id, { name: 'x' }, [7, 1])).toMatchObject({ version: 2 });
    });

    it.each([[undefined], [[1]]])('have to be there, whatever the versions: %j', async (versions) => {
      expect(await store.update(UNKNOWN_ID, { name: 'x' }, versions)).toBe('not_found');
    });

    it('change once where many change the same version at the same time', async () => {
      const { item: user } = await create();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_each, i) => store.update(user.id, { name: `${i}` }, [1])),
      );
      const won = results.filter((result) => result !== 'version_mismatch');
      expect(won).toHaveLength(1);
      expect(await store.find(user.id)).toEqual(won[0]);
    });
  });

  describe('when they are deleted', () => {
    it('are gone', async () => {
      const { item: user } = await create();
      expect(await store.delete(user.id, undefined)).toBeUndefined();
      expect(await store.find(user.id)).toBeUndefined();
      expect(await store.delete(user.id, undefined)).toBe('not_found');
    });

    it('are gone where the version is theirs', async () => {
      const { item: user } = await create();
      expect(await store.delete(user.id, [1, 2])).toBeUndefined();
    });

    it.each([[[2]], [[]]])('stay where none of the versions %j is theirs', async (versions) => {
      const { item: user } = await create();
      expect(await store.delete(user.id, versions)).toBe('version_mismatch');
      expect(await store.find(user.id)).toBeDefined();
    });

    it('free their address', async () => {
      const { item: user } = await create();
      await store.delete(user.id, undefined);
      await create();
    });
  });

  describe('in a list', () => {
    it('stand in the order in which they were created', async () => {
      const ids: string[] = [];
      for (const email of ['c@example.com', 'a@example.com', 'b@example.com'])
        ids.push((await create(email)).item.id);
      const listed = await store.list({ limit: 10 });
      expect(listed.map(({ id }) => id)).toEqual(ids);
      expect([...ids].sort()).toEqual(ids);
    });

    it('are as many as asked for, from the first after the given one', async () => {
      const created: Versioned<User>[] = [];
      for (let i = 0; i < 5; i += 1) created.push(await create(`${i}@example.com`));
      const users = created.map(({ item: user }) => user);
      expect(await store.list({ limit: 2 })).toEqual(users.slice(0, 2));
      expect(await store.list({ limit: 2, after: users[1]!.id })).toEqual(users.slice(2, 4));
      expect(await store.list({ limit: 2, after: users[4]!.id })).toEqual([]);
    });

    it('need not have the one after which the list begins', async () => {
      const { item: user } = await create();
      expect(await store.list({ limit: 2, after: '00000000-0000-7000-8000-000000000000' })).toEqual([user]);
      expect(await store.list({ limit: 2, after: 'ffffffff-ffff-7fff-bfff-ffffffffffff' })).toEqual([]);
    });

    it('are those with an address, regardless of case', async () => {
      await create('b@example.com');
      const { item: user } = await create();
      expect(await store.list({ limit: 2, email: 'ADA@example.COM' })).toEqual([user]);
      expect(await store.list({ limit: 2, email: 'nobody@example.com' })).toEqual([]);
      expect(await store.list({ limit: 2, email: ada.email, after: user.id })).toEqual([]);
    });

    it('are not matched by patterns', async () => {
      await create();
      expect(await store.list({ limit: 2, email: 'ada%' })).toEqual([]);
      expect(await store.list({ limit: 2, email: '_da@example.com' })).toEqual([]);
    });
  });
});
