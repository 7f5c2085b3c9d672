import { UserStore } from '../../../src/resources/users/store';
import type { Database } from '../../../src/database/database';
import type { Queryable } from '../../../src/database/queryable';
import { connected } from '../../support/database';
import { testDatabase, type TestDatabase } from '../../support/test-database';

const ROWS = 100_000;

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await testDatabase();
  database = connected(test.url);
  await database.query(
    `INSERT INTO users (id, email, name)
     SELECT lpad(to_hex(n), 32, '0')::uuid, 'user-' || n || '@example.com', 'User'
     FROM generate_series(1, ${ROWS}) n`,
  );
  await database.query('ANALYZE users');
});

afterAll(async () => {
  await database.close();
  await test.drop();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly Plans?: readonly Plan[];
}

/** The plans of the statements that the work sends, as the server carries them out. */
async function plansOf(work: (database: Queryable) => Promise<unknown>): Promise<Plan[]> {
  const plans: Plan[] = [];
  const explaining: Queryable = {
    async query(text, values) {
      const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        values,
      );
      plans.push(row!['QUERY PLAN'][0].Plan);
      return database.query(text, values);
    },
  };
  await work(explaining);
  return plans;
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

const uuid = (n: number) => `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`;

it.each([
  ['the first page', { limit: 21 }, 'users_pkey', 21],
  ['a page in the middle', { limit: 21, after: uuid(ROWS / 2) }, 'users_pkey', 21],
  ['the last page', { limit: 101, after: uuid(ROWS - 5) }, 'users_pkey', 5],
  ['the user with an address', { limit: 21, email: 'USER-77777@example.com' }, 'users_email_key', 1],
  ['nobody', { limit: 21, email: 'nobody@example.com' }, 'users_email_key', 0],
])('finds %s by an index, and reads no more rows than it gives', async (_, options, index, rows) => {
  const plans = await plansOf((explaining) => new UserStore(explaining).list(options));
  expect(plans).toHaveLength(1);
  const nodes = nodesOf(plans[0]!);
  expect(nodes.filter((node) => !/^(Limit|Index( Only)? Scan)$/.test(node['Node Type']))).toEqual([]);
  expect(nodes.flatMap((node) => node['Index Name'] ?? [])).toEqual([index]);
  expect(nodes.map((node) => node['Actual Rows'])).toEqual(nodes.map(() => rows));
});

it('finds one user by its id', async () => {
  const plans = await plansOf((explaining) => new UserStore(explaining).find(uuid(77)));
  expect(nodesOf(plans[0]!).map((node) => node['Index Name'])).toEqual(['users_pkey']);
});
