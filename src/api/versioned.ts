import { entityTag } from '../http/entity-tag';
import type { EndpointResponse } from './endpoint';

/** An item and the version of its representation, which grows with every change. */
export interface Versioned<Item> {
  readonly item: Item;
  readonly version: number;
}

/** Versions that a change may be made to, from `If-Match`; `undefined`: any. */
export type Versions = readonly number[] | undefined;

/** Why a change to an existing item was not made. */
export type WriteConflict = 'not_found' | 'version_mismatch';

/** The headers of {@link versionedResponse}. */
export const versionHeaders = { ETag: 'Version of the item' };

/** The response that represents an item, with its entity tag. */
export function versionedResponse<Item>({ item, version }: Versioned<Item>): EndpointResponse<Item> {
  return { body: item, headers: { ETag: entityTag(version) } };
}
