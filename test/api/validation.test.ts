import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';

const THINGS = '/api/v1/things';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi();
  client = apiClient(api);
});

afterAll(() => api.close());

async function detailOf(path: string): Promise<string> {
  const { status, body } = await client.get(path);
  expect([status, body.code]).toEqual([400, 'invalid_query']);
  return body.detail as string;
}

describe('a query that does not fit', () => {
  it('is refused with the name of every parameter that is wrong or unknown', async () => {
    const detail = await detailOf(`${THINGS}?limit=0&color=red&cursor=x`);
    expect(detail.split('; ').map((fault) => fault.split(':')[0])).toEqual(['limit', 'cursor', 'color']);
  });

  it('is refused for a misspelt filter, which otherwise would give everything', async () => {
    expect(await detailOf(`${THINGS}?lable=Lamp`)).toBe('lable: there is no such parameter');
  });

  it('is refused where the endpoint takes no query', async () => {
    const { body } = await client.post({ label: 'Lamp' });
    expect(await detailOf(`${THINGS}/${body.id as string}?limit=1`)).toBe(
      'limit: there is no such parameter',
    );
  });

  it.each(['__proto__[limit]=1', 'constructor=1', 'toString=1', '%zz', 'a=%ff'])(
    'does no harm: %s',
    async (query) => {
      await detailOf(`${THINGS}?${query}`);
    },
  );

  it('names five unknown parameters at most, each with 50 characters at most', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => name.repeat(51));
    const detail = await detailOf(`${THINGS}?${names.map((name) => `${name}=1`).join('&')}`);
    expect(detail.split('; ')).toEqual(
      names.slice(0, 5).map((name) => `${name.slice(0, 50)}: there is no such parameter`),
    );
  });

  it('is answered as well-formed text where a name is cut within a character', async () => {
    const name = `${'a'.repeat(49)}😀`;
    expect(await detailOf(`${THINGS}?${encodeURIComponent(name)}=1`)).toBe(
      `${'a'.repeat(49)}\ufffd: there is no such parameter`,
    );
  });
});

it('a query without parameters is none', async () => {
  const { body } = await client.post({ label: 'Desk' });
  expect(await client.get(`${THINGS}/${body.id as string}?&`)).toMatchObject({ status: 200 });
});
