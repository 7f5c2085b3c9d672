import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkNames, checkPlural } from '../../scripts/new-resource/check-names';
import { guessSingular, rename } from '../../scripts/new-resource/names';
import { addToList, renderResource } from '../../scripts/new-resource/render';
import { describeWith, ROOT, runProgram } from '../support/programs';

/** What `npm run new` runs. */
const program = ['-r', 'ts-node/register/transpile-only', 'scripts/new-resource/main.ts'];

const orders = { plural: 'purchase-orders', singular: 'purchase-order' };

describe('the singular', () => {
  it.each([
    ['invoices', 'invoice'],
    ['purchase-orders', 'purchase-order'],
    ['boxes', 'box'],
    ['classes', 'class'],
    ['keys', 'key'],
  ])('of %s is %s', (plural, singular) => {
    expect(guessSingular(plural)).toBe(singular);
  });

  it.each([
    'people',
    'series',
    'houses',
    'heroes',
    'movies',
    'status',
    'axis',
    'batches',
    'sheep',
    'progress',
  ])('of %s has to be given', (plural) => {
    expect(guessSingular(plural)).toBeUndefined();
  });

  it('has to be an option where there is no terminal to ask in', async () => {
    const { code, stderr } = await runProgram([process.execPath, ...program, 'geese']);
    expect([code, stderr]).toEqual([1, 'What is one of geese called? Say so with --singular.\n']);
    expect(existsSync(join(ROOT, 'src/resources/geese'))).toBe(false);
  }, 60_000);

  describeWith(['script', '--version'], { optional: true })('at a terminal', () => {
    it.each([
      ['geese', 'geese: expected a singular that differs from it'],
      ['', '"": expected up to 40 lower-case letters'],
    ])(
      'is asked for; the answer %j is refused',
      async (answer, message) => {
        const command = [process.execPath, ...program, 'geese'].join(' ');
        const typed = `echo '${answer}' | script --quiet --return --command '${command}' /dev/null`;
        const { code, stdout } = await runProgram(['bash', '-o', 'pipefail', '-c', typed]);
        expect([code, stdout]).toEqual([1, expect.stringContaining(message)]);
        expect(stdout).toContain('What is one of geese called? ');
        expect(existsSync(join(ROOT, 'src/resources/geese'))).toBe(false);
      },
      60_000,
    );
  });
});

describe('a text about sample items', () => {
  it.each([
    ['sample-items/sample_items', 'purchase-orders/purchase_orders'],
    ['new SampleItemStore(sampleItems)', 'new PurchaseOrderStore(purchaseOrders)'],
    ['Sample items of a sample item', 'Purchase orders of a purchase order'],
  ])('%s is about purchase orders as %s', (text, expected) => {
    expect(rename(text, orders)).toBe(expected);
  });

  it.each([
    ['invoice', 'an invoice'],
    ['user', 'a user'],
    ['unit', 'a unit'],
    ['update', 'an update'],
    ['order', 'an order'],
    ['event', 'an event'],
  ])('has the article of %s: %s', (singular, expected) => {
    expect(rename('a sample item', { plural: `${singular}s`, singular })).toBe(expected);
  });
});

describe('the name of a new resource', () => {
  it.each([
    ['Invoices', 'expected up to 40 lower-case letters'],
    ['invoice_lines', 'expected up to 40 lower-case letters'],
    ['-invoices', 'expected up to 40 lower-case letters'],
    ['a'.repeat(41), 'expected up to 40 lower-case letters'],
    ['../invoices', 'expected up to 40 lower-case letters'],
    ['me', 'there is src/resources/me'],
    ['clients', 'there is src/resources/clients'],
    ['client-events', 'there is a table client_events'],
    ['migrations', 'there is a table migrations'],
    ['selects', undefined],
    ['references', 'a reserved word of SQL'],
    ['unicorns', undefined],
  ])('%s: %s', (plural, problem) => {
    const check = () => checkPlural(ROOT, plural);
    if (problem === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(problem);
  });

  it.each([
    ['sheep', 'sheep', 'expected a singular that differs from it'],
    ['unicorns', 'class', 'class is a reserved word of JavaScript'],
    ['unicorns', 'query', 'query has another meaning'],
    ['unicorns', 'problem', 'problem is taken: the API description has the schema Problem'],
    ['unicorns', 'client', 'client is taken: the API has the operation'],
    ['unicorns', 'Unicorn', 'expected up to 40 lower-case letters'],
    ['unicorns', 'unicorn', undefined],
  ])('%s of one %s: %s', (plural, singular, problem) => {
    const check = () => checkNames(ROOT, { plural, singular });
    if (problem === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(problem);
  });
});

describe('the files of a new resource', () => {
  it('have its name in every path, and the number of its migration', () => {
    const paths = renderResource(orders, { owned: true, number: '7' }).map(({ path }) => path);
    expect(paths.sort()).toEqual([
      'src/resources/purchase-orders/endpoints.ts',
      'src/resources/purchase-orders/migrations/7_create-purchase-orders.sql',
      'src/resources/purchase-orders/resource.ts',
      'src/resources/purchase-orders/schema.ts',
      'src/resources/purchase-orders/store.ts',
      'test/resources/purchase-orders/ownership.test.ts',
      'test/resources/purchase-orders/purchase-orders.test.ts',
    ]);
  });

  it('leave nothing of the template', () => {
    for (const owned of [false, true])
      for (const { content } of renderResource(orders, { owned, number: '7' }))
        expect(content).not.toMatch(/sample/i);
  });

  it('restrict every statement to the client of the caller, where rows belong to clients', () => {
    const files = renderResource(orders, { owned: true, number: '7' });
    const contentOf = (name: string) => files.find(({ path }) => path.endsWith(name))!.content;
    expect(contentOf('/resource.ts')).toContain('new PurchaseOrderStore(sql, clientId)');
    const statements = [...contentOf('/store.ts').matchAll(/(SELECT|INSERT|UPDATE|DELETE FROM)\b[^'`]*/g)];
    expect(statements).toHaveLength(5);
    for (const [statement] of statements) expect(statement).toMatch(/WHERE client_id = \$1|\(client_id, id/);
  });
});

describe('the list of resources', () => {
  const list = (...lines: string[]) => `import { me } from './me/resource';\n\n${lines.join('\n')}\n`;
  const importLine = "import { purchaseOrders } from './purchase-orders/resource';";

  it.each([
    ['export const resources: readonly Resource[] = [users, me];', '= [users, me, purchaseOrders,];'],
    ['export const resources: readonly Resource[] = [];', '= [ purchaseOrders,];'],
    [
      'export const resources: readonly Resource[] = [\n  users,\n  // Last.\n  me,\n];',
      '= [\n  users, purchaseOrders,\n  // Last.\n  me,\n];',
    ],
  ])('%s gets a new one', (before, after) => {
    const added = addToList(list(before), orders);
    expect(added).toContain(after);
    expect(added).toContain(`import { me } from './me/resource';\n${importLine}\n`);
  });

  it('is refused where it is not found', () => {
    expect(() => addToList(list('export const all = [];'), orders)).toThrow('export const resources');
  });
});
