import { z } from 'zod';
import type { ProblemType } from '../http/problem';

/** A parameter in the path of an endpoint. */
export interface PathParameter {
  readonly schema: z.ZodType<string, string>;
  readonly description: string;
  /** A value for documents and tests, which names nothing. */
  readonly example: string;
  /** The answer to a value that does not fit the schema, and so cannot name anything. */
  readonly problem: ProblemType;
}

/**
 * The id of an item: a UUID, which handlers receive in lower case.
 *
 * @param notFound the problem of an id that names no item
 */
export function uuidParameter(notFound: ProblemType): PathParameter {
  return {
    schema: z.guid().max(36).toLowerCase(),
    description: '`id` of the item',
    example: '01990000-0000-7000-8000-000000000001',
    problem: notFound,
  };
}
