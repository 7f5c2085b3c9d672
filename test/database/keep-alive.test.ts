import { Socket } from 'node:net';
import { connected } from '../support/database';
import { testDatabase, type TestDatabase } from '../support/test-database';

let test: TestDatabase;
let database: ReturnType<typeof connected>;

beforeAll(async () => {
  test = await testDatabase();
  database = connected(test.url);
});

afterAll(async () => {
  await database.close();
  await test.drop();
});

it('a connection is probed while nothing comes, so that the loss of the server is noticed', async () => {
  const setKeepAlive = jest.spyOn(Socket.prototype, 'setKeepAlive');
  await database.query('SELECT 1');
  expect(setKeepAlive).toHaveBeenCalledWith(true, 10_000);
});
