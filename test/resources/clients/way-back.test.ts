import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clients } from '../../../src/resources/clients/resource';
import { testApi, type TestApi } from '../../support/api';
import { apiClient } from '../../support/api-client';
import { registerClient } from '../../support/registered-client';
import { until } from '../../support/until';
import { CLIENT_ID } from '../../support/user-pool';

jest.setTimeout(30_000);

/** The statement of docs/operations.md for a service that no operator can use any more. */
function statement(operatorClientId: string): string {
  const text = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');
  const found = /<!-- statement: no operator is left -->\s+```sql\n([\s\S]*?);\n```/.exec(text)?.[1];
  if (found === undefined) throw new Error('docs/operations.md has no such statement');
  return found.replace('<operator client id>', operatorClientId);
}

let api: TestApi;
let client: ReturnType<typeof apiClient>;

beforeAll(async () => {
  api = await testApi({ resources: [clients] });
  client = apiClient(api, '/api/v1/clients');
});

afterAll(() => api.close());

const answered = (code: number | string) =>
  until(`the operator to be answered ${code}`, async () => {
    const { status, body } = await client.get('/api/v1/clients');
    return status === code || body.code === code;
  });

it.each([
  ['disabled', { enabled: false }, 'client_disabled'],
  ['deleted', { deleted: true }, 'client_not_allowed'],
])('one statement lets an operator back in who was %s', async (_, shutOut, code) => {
  await registerClient(api.database, { id: CLIENT_ID, ...shutOut });
  await answered(code);
  await api.database.transaction((transaction) => transaction.query(statement(CLIENT_ID)));
  await answered(200);
  expect((await client.get(`/api/v1/clients/${CLIENT_ID}`)).body).toMatchObject({ enabled: true });
});

it('the statement makes an operator of a client that the registry does not have, and is recorded', async () => {
  await api.database.transaction((transaction) => transaction.query(statement('7operator')));
  const { body } = await client.get('/api/v1/clients/7operator/events');
  expect(body.data).toEqual([
    {
      id: expect.stringMatching(/^\d+$/),
      at: expect.any(String),
      actor: { clientId: 'database', subject: expect.any(String) },
      action: 'changed',
      changes: { enabled: { from: false, to: true } },
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    },
  ]);
});
