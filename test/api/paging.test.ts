import { z } from 'zod';
import { pageOf, readPage, uuidCursor } from '../../src/api/paging';
import type { Database } from '../../src/database/database';
import type { Queryable } from '../../src/database/queryable';
import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';

const THINGS = '/api/v1/things';

let database: Database;
let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi();
  database = api.database;
  client = apiClient(api);
});

beforeEach(() => database.query('DELETE FROM things'));

afterAll(() => api.close());

/** The id that a task whose clock shows this gives to a thing. */
function idAt(milliseconds: number, rest = 0): string {
  const time = milliseconds.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest.toString(16).padStart(12, '0')}`;
}

async function insert(id: string, on: Queryable = database): Promise<void> {
  await on.query('INSERT INTO things (id, label) VALUES ($1, $2)', [id, `Thing ${id}`]);
}

/** Reads all pages, and does something before each but the first; gives the ids in the order in which they came. */
async function readAll(limit: number, between: (page: number) => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 1; ; page += 1) {
    const { body } = await client.get(`${THINGS}?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
    ids.push(...(body.data as { id: string }[]).map(({ id }) => id));
    cursor = body.next as string | null;
    if (cursor === null) return ids;
    await between(page);
  }
}

describe('reading all things page by page', () => {
  const before = [10, 20, 30, 40, 50].map((time) => idAt(time));

  beforeEach(async () => {
    for (const id of before) await insert(id);
  });

  it('gives those that were there once each, while tasks add others whose clocks are behind or ahead', async () => {
    const ids = await readAll(2, async (page) => {
      for (const time of [15, 25, 35, 60]) await insert(idAt(time, page));
    });
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => before.includes(id))).toEqual(before);
    expect(ids).not.toContain(idAt(15, 1));
    expect(ids).toContain(idAt(60, 1));
  });

  it('gives those that were there once each, while transactions commit that began before', async () => {
    let commit!: () => void;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let begun!: () => void;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const late = database.transaction(async (transaction) => {
      for (const time of [15, 45]) await insert(idAt(time), transaction);
      begun();
      await mayCommit;
    });
    await hasBegun;
    const ids = await readAll(2, async () => {
      commit();
      await late;
    });
    expect(ids).toEqual([10, 20, 30, 40, 45, 50].map((time) => idAt(time)));
  });

  it('gives those that were there and still are, while others are changed and deleted', async () => {
    const [first, , third, fourth] = before as [string, string, string, string];
    const ids = await readAll(2, async (page) => {
      if (page > 1) return;
      await client.patch(first, { label: 'Changed' });
      await client.patch(fourth, { label: 'Changed too' });
      await client.delete(third);
    });
    expect(ids).toEqual(before.filter((id) => id !== third));
  });

  it('gives none twice and misses none that was there, whatever ten tasks do at the same time', async () => {
    let reading = true;
    const tasks = Array.from({ length: 10 }, async (_, task) => {
      for (let turn = 1; reading; turn += 1) {
        const time = (turn * 7 + task * 13) % 100;
        await database.transaction(async (transaction) => {
          await insert(idAt(time, turn * 100 + task), transaction);
          await transaction.query('DELETE FROM things WHERE id = $1', [
            idAt((time * 3) % 100, turn * 50 + task),
          ]);
        });
      }
    });
    const ids = await readAll(3, async (page) => {
      // The tasks are quicker than the reader.
      if (page === 10) reading = false;
    });
    reading = false;
    await Promise.all(tasks);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => before.includes(id))).toEqual(before);
  });
});

describe('the query of a list', () => {
  it.each([
    'limit=1',
    'limit=10',
    'limit=100',
    'limit=007',
    '',
    'cursor=01990000-0000-7000-8000-000000000001',
  ])('may be "%s"', async (query) => {
    expect(await client.get(`${THINGS}?${query}`)).toMatchObject({ status: 200 });
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=1000',
    'limit=1.5',
    'limit=-1',
    'limit=',
    'limit=abc',
    'limit=1a',
    'limit=a1',
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
  ])('is 400 where it is "%s"', async (query) => {
    const { status, body } = await client.get(`${THINGS}?${query}`);
    expect({ status, code: body.code as unknown }).toEqual({ status: 400, code: 'invalid_query' });
    expect(body.detail).toContain(query.split('=')[0]);
  });
});

describe('a page', () => {
  it.each([
    [1, 2, '1'],
    [2, 2, null],
    [3, 2, null],
    [3, 0, null],
  ])('of %d, where there are %d, has as its next cursor %j', async (limit, count, next) => {
    const found = Array.from({ length: count }, (_, index) => ({ id: String(index + 1) }));
    const { body } = await readPage(THINGS, { limit }, (range) => {
      expect(range).toEqual({ limit: limit + 1, after: undefined });
      return Promise.resolve(found);
    });
    expect(body).toEqual({ data: found.slice(0, limit), next });
  });

  it('has items at most as the largest limit in its schema', () => {
    const page = pageOf('FullPage', z.object({ id: z.string() }), uuidCursor);
    const holding = (count: number) => ({
      data: Array.from({ length: count }, () => ({ id: '1' })),
      next: null,
    });
    expect(page.safeParse(holding(0)).success).toBe(true);
    expect(page.safeParse(holding(100)).success).toBe(true);
    expect(page.safeParse(holding(101)).success).toBe(false);
    expect(page.safeParse({ data: [] }).success).toBe(false);
  });
});

it('links to the next page with the whole query, but for parameters that have no value', async () => {
  const query = { limit: 1, label: 'a & b', color: undefined };
  const { body, headers } = await readPage(THINGS, query, () => Promise.resolve([{ id: '1' }, { id: '2' }]));
  expect(body).toEqual({ data: [{ id: '1' }], next: '1' });
  expect(headers).toEqual({ Link: `<${THINGS}?limit=1&label=a+%26+b&cursor=1>; rel="next"` });
});

describe('the schema of a page', () => {
  const item = z.object({ id: z.string() });

  it('has the first example of its item as its example', () => {
    const page = pageOf('ThingPage', item.meta({ examples: [{ id: '1' }, { id: '2' }] }), uuidCursor);
    expect(page.meta()?.['examples']).toEqual([{ data: [{ id: '1' }], next: '1' }]);
  });

  it.each([
    ['without a description', item],
    ['with a description that has no examples', item.meta({ id: 'PlainThing' })],
  ])('has no example for an item %s', (_, plain) => {
    expect(pageOf('PlainThingPage', plain, uuidCursor).meta()?.['examples']).toEqual([]);
  });
});
