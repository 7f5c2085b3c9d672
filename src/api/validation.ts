import type { Hash } from 'node:crypto';
import type { Request } from 'express';
import type { z } from 'zod';
import { readJsonBody } from '../http/json-body';
import { MAX_VIOLATIONS, Problem, problems, type Violation } from '../http/problem';
import type { Endpoint } from './endpoint';

/**
 * The parameters of a path, as their schemas give them.
 *
 * @throws Problem that the parameter declares, for a value that does not fit
 */
export function parsePath(params: NonNullable<Endpoint['params']>, req: Request): Record<string, string> {
  const parsed: Record<string, string> = {};
  for (const [name, { schema, problem }] of Object.entries(params)) {
    const { success, data } = schema.safeParse(req.params[name]);
    if (!success) throw new Problem(problem);
    parsed[name] = data;
  }
  return parsed;
}

/**
 * The query of a request, as its schema gives it.
 *
 * @throws Problem 400 `invalid_query` that names each parameter that does not fit
 */
export function parseQuery(schema: z.ZodObject, req: Request): unknown {
  const { success, data, error } = schema.safeParse(req.query);
  if (success) return data;
  const detail = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new Problem(problems.invalidQuery, { detail });
}

/**
 * The body of a request, as its schema gives it.
 *
 * @param digest is updated with the bytes of the body
 * @throws Problem 422 `invalid_body` with one violation for each fault; or what `readJsonBody` throws
 */
export async function parseBody(
  { schema, mediaTypes }: NonNullable<Endpoint['body']>,
  req: Request,
  digest?: Hash,
): Promise<unknown> {
  const { success, data, error } = schema.safeParse(await readJsonBody(req, mediaTypes, digest));
  if (success) return data;
  const violations = error.issues.flatMap(toViolations).slice(0, MAX_VIOLATIONS);
  throw new Problem(problems.invalidBody, { errors: violations });
}

function toViolations(issue: z.core.$ZodIssue): Violation[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: toPointer(issue.path), detail: issue.message }];
  return issue.keys.map((key) => ({
    pointer: toPointer([...issue.path, key]),
    detail: 'There is no such member',
  }));
}

/** A JSON Pointer as URI fragment, RFC 6901 §6. Names are shortened so that an answer stays small. */
function toPointer(path: readonly PropertyKey[]): string {
  const tokens = path.map((part) => String(part).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...tokens.map((token) => encodeURIComponent(token.toWellFormed()))].join('/');
}
