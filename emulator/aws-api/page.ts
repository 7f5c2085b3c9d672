import { AwsError } from './aws-error';
import { text } from './input';

export const nextToken = text(1, 131_072, /\S+/).optional();

/**
 * A page of a list.
 *
 * @param keyOf The unique key of an item. The token of the next page is the key of its first item.
 * @throws AwsError `InvalidParameterException` for a token that was never issued, or whose item is deleted
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  size: number,
  token: string | undefined,
): { items: readonly Item[]; NextToken?: string } {
  const first = token === undefined ? 0 : items.findIndex((item) => encode(keyOf(item)) === token);
  if (first === -1) throw new AwsError('InvalidParameterException', 'Invalid pagination token.');
  const next = items[first + size];
  return { items: items.slice(first, first + size), ...(next && { NextToken: encode(keyOf(next)) }) };
}

const encode = (key: string) => Buffer.from(key).toString('base64url');
