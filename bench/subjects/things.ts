import type { NewThing, Thing } from '../../test/support/things/schema';

export const THINGS_PATH = '/api/v1/things';

/** Things on a page. */
const PAGE = 20;

const AT = '2026-11-21T10:00:00.000Z';
const idOf = (number: number) => `01990000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** One more than a page, which shows that there is another. */
const things: readonly Thing[] = Array.from({ length: PAGE + 1 }, (_, index) => ({
  id: idOf(index + 1),
  label: `Thing ${index + 1}`,
  createdAt: AT,
  updatedAt: AT,
}));

/**
 * The store behind every subject. It keeps nothing, so that neither the order of requests nor their number changes an
 * answer or fills the memory.
 */
export const memoryThings = {
  list: (limit: number): Promise<Thing[]> => Promise.resolve(things.slice(0, limit)),
  create: (thing: NewThing): Promise<Thing> =>
    Promise.resolve({ id: idOf(PAGE + 2), ...thing, createdAt: AT, updatedAt: AT }),
};

/** A page of things in the service's form, from any store. */
export async function thingsPage(list: (limit: number) => Promise<Thing[]> = memoryThings.list) {
  const found = await list(PAGE + 1);
  const data = found.slice(0, PAGE);
  return { data, next: data.at(-1)?.id };
}
