import { testApi, type TestApi } from '../support/api';
import { apiClient } from '../support/api-client';

const THINGS = '/api/v1/things';
const UNKNOWN_ID = '01990000-0000-7000-8000-00000000dead';

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi();
  client = apiClient(api);
});

afterAll(() => api.close());

describe('an id in the path', () => {
  it('may be in capitals', async () => {
    const { body } = await client.post({ label: 'Lamp' });
    const found = await client.get(`${THINGS}/${(body.id as string).toUpperCase()}`);
    expect([found.status, found.body.id]).toEqual([200, body.id]);
  });

  it.each([
    ['an unknown one', UNKNOWN_ID],
    ['no UUID', 'me'],
    ['a number', '1'],
    ['a space', '%20'],
    ['a NUL', '%00'],
    ['a percent sign without digits', '%zz'],
    ['invalid UTF-8', '%ff%fe'],
    ['an encoded slash', '..%2f..%2fetc'],
    ['a UUID in braces', `%7b${UNKNOWN_ID}%7d`],
    ['a UUID without dashes', UNKNOWN_ID.replaceAll('-', '')],
    ['a UUID and more', `${UNKNOWN_ID}0`],
    ['a UUID and a line break', `${UNKNOWN_ID}%0a`],
    ['digits beyond ASCII', UNKNOWN_ID.replace('0', '%D9%A0')],
    ['a name of an object member', '__proto__'],
    ['a very long one', 'x'.repeat(5000)],
  ])('is answered 404 where it is %s', async (_title, id) => {
    for (const { status, body } of [
      await client.get(`${THINGS}/${id}`),
      await client.patch(id, { label: 'x' }),
      await client.delete(id),
    ]) {
      expect(status).toBe(404);
      expect(['thing_not_found', 'not_found']).toContain(body.code);
    }
  });

  it('is looked at before the body', async () => {
    const { status, body } = await client.patch('me', '{');
    expect([status, body.code]).toEqual([404, 'thing_not_found']);
  });
});
