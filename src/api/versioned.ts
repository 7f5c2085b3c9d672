import type { IncomingHttpHeaders } from 'node:http';
import type { Queryable } from '../database/queryable';
import { entityTag, failedPrecondition, versionsOfIfMatch } from '../http/entity-tag';
import { Problem, problems, type ProblemType } from '../http/problem';

/** An item and the version of its representation, which grows with every change. */
export interface Versioned<Item> {
  readonly item: Item;
  readonly version: number;
}

/** Versions that a change may be made to; `undefined`: any. */
export type Versions = readonly number[] | undefined;

/** Why a change to an existing item was not made. */
export type WriteConflict = 'not_found' | 'version_mismatch';

/**
 * The versions that a change may be made to, by the preconditions of its request (RFC 9110 §13.2.2).
 *
 * @param find reads the item, where the preconditions cannot be evaluated without it
 * @throws Problem `notFound` if it has to be read and does not exist, or `version_mismatch` if a precondition is false
 */
export async function versionsToChange(
  headers: IncomingHttpHeaders,
  find: () => Promise<Pick<Versioned<unknown>, 'version'> | undefined>,
  notFound: ProblemType,
): Promise<Versions> {
  if (headers['if-none-match'] === undefined) return versionsOfIfMatch(headers['if-match']);
  const found = await find();
  if (!found) throw new Problem(notFound);
  if (failedPrecondition(headers, entityTag(found.version))) throw new Problem(problems.versionMismatch);
  return [found.version];
}

/**
 * Whether the preconditions of a request hold (RFC 9110 §13.2.2), by the version that the item has; `undefined`: there is no
 * such item. For changes that look at the item under a lock, and so can decide by what they see.
 */
export type Precondition = (version: number | undefined) => boolean;

/** The preconditions of a request. */
export function preconditionOf(headers: IncomingHttpHeaders): Precondition {
  return (version) =>
    version === undefined
      ? headers['if-match'] === undefined
      : failedPrecondition(headers, entityTag(version)) === undefined;
}

/**
 * Runs a statement whose rows are versioned items: columns named as the members of the item, and `version`.
 *
 * @throws what {@link Queryable.query} throws
 */
export async function queryVersioned<Item extends object>(
  sql: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<Versioned<Item>[]> {
  const rows = await sql.query<Item & { readonly version: number }>(text, values);
  return rows.map(({ version, ...item }) => ({ item: item as unknown as Item, version }));
}

/** Why a change had no effect, by the item as it was found afterwards. */
export function conflictOf(found: Versioned<unknown> | undefined): WriteConflict {
  return found ? 'version_mismatch' : 'not_found';
}

/** What a change without members gives: the item as it is, unless the precondition does not hold. */
export function unchanged<Item>(
  found: Versioned<Item> | undefined,
  versions: Versions,
): Versioned<Item> | WriteConflict {
  if (!found) return 'not_found';
  return versions && !versions.includes(found.version) ? 'version_mismatch' : found;
}

/** The request header of endpoints that change a versioned item. */
export const ifMatchHeader = {
  'If-Match': 'Entity tags of the versions that may be changed, or `*` (RFC 9110 §13.1.1)',
};

/** The request header of endpoints that read a versioned item. */
export const ifNoneMatchHeader = {
  'If-None-Match': 'Entity tag of the version that the caller has (RFC 9110 §13.1.2)',
};

/** The request headers of endpoints that create a versioned item or replace it. */
export const putHeaders = {
  ...ifMatchHeader,
  'If-None-Match': '`*`: only if the item does not exist (RFC 9110 §13.1.2)',
};

/** The response headers of {@link versionedResponse}. */
export const versionHeaders = { ETag: 'Version of the item' };

/** The response that represents an item, with its entity tag. */
export function versionedResponse<Item>({ item, version }: Versioned<Item>) {
  return { body: item, headers: { ETag: entityTag(version) } };
}

/** The response headers of {@link createdResponse}. */
export const createdHeaders = { ...versionHeaders, Location: 'Path of the item' };

/**
 * The response to the creation of an item, with its path (RFC 9110 §15.3.2).
 *
 * @param collection path of the list that the item is in
 */
export function createdResponse<Item extends { readonly id: string }>(
  collection: string,
  created: Versioned<Item>,
) {
  const { body, headers } = versionedResponse(created);
  return { body, headers: { ...headers, Location: `${collection}/${created.item.id}` } };
}
