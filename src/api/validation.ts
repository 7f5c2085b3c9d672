import type { Hash } from 'node:crypto';
import type { Request } from 'express';
import type { z } from 'zod';
import type { FaultyMember } from '../auth/http-error';
import { readJsonBody } from '../http/json-body';
import { maskedPath } from '../http/masked-path';
import { MAX_VIOLATIONS, Problem, problems, type Violation } from '../http/problem';
import type { Endpoint } from './endpoint';

/** At most so many faults of a request are logged. */
const MAX_LOGGED_FAULTS = 10;

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

/** At most so many unknown query parameters are named, each with at most so many characters. */
const [MAX_UNKNOWN, MAX_NAME] = [5, 50];

/**
 * The query of a request, as its schema gives it.
 *
 * @param schema `undefined` where the endpoint takes none
 * @throws Problem 400 `invalid_query` that names each parameter that does not fit or does not exist
 */
export function parseQuery(schema: z.ZodObject | undefined, req: Request): unknown {
  if (!schema && !req.url.includes('?')) return undefined;
  const { query } = req;
  const result = schema?.safeParse(query);
  const unknown = Object.keys(query).filter((name) => !schema || !Object.hasOwn(schema.shape, name));
  if (result?.success !== false && unknown.length === 0) return result?.data;
  const faults = (result?.error?.issues ?? []).map(
    (issue) => `${issue.path.join('.')}: ${detailOf(issue, query)}`,
  );
  for (const name of unknown.slice(0, MAX_UNKNOWN))
    faults.push(`${name.slice(0, MAX_NAME).toWellFormed()}: there is no such parameter`);
  const errors = [
    ...(result?.error?.issues ?? []).map(({ path, code }) => ({ parameter: path.join('.'), rule: code })),
    ...unknown.map((name) => ({ parameter: maskedPath(name), rule: 'unrecognized_keys' })),
  ];
  throw new Problem(problems.invalidQuery, { detail: faults.join('; '), details: detailsOf(errors) });
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
  const sent = await readJsonBody(req, mediaTypes, digest);
  const { success, data, error } = schema.safeParse(sent);
  if (success) return data;
  const violations = withoutConsequences(error.issues)
    .flatMap((issue) => toViolations(issue, sent))
    .slice(0, MAX_VIOLATIONS);
  throw new Problem(problems.invalidBody, {
    errors: violations.map(({ pointer, detail }) => ({ pointer, detail })),
    details: detailsOf(violations.map(({ pointer, rule }) => ({ pointer: maskedPath(pointer), rule }))),
  });
}

function detailsOf(errors: readonly FaultyMember[]) {
  return { errors: errors.slice(0, MAX_LOGGED_FAULTS) };
}

/** The faults but for those that a value has only because it is of another type. */
function withoutConsequences(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const ofOtherType = new Map(
    issues.filter(({ code }) => code === 'invalid_type').map((issue) => [toPointer(issue.path), issue]),
  );
  return issues.filter((issue) => (ofOtherType.get(toPointer(issue.path)) ?? issue) === issue);
}

/** What is wrong, in words that do not speak of `undefined`, which JSON does not have. */
function detailOf({ path, message }: z.core.$ZodIssue, sent: unknown): string {
  const value = path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | null)?.[key],
    sent,
  );
  return value === undefined ? 'is required' : message;
}

function toViolations(issue: z.core.$ZodIssue, sent: unknown): (Violation & { readonly rule: string })[] {
  const { code: rule, path } = issue;
  if (rule !== 'unrecognized_keys')
    return [{ pointer: toPointer(path), detail: detailOf(issue, sent), rule }];
  return issue.keys.map((key) => ({
    pointer: toPointer([...path, key]),
    detail: 'There is no such member',
    rule,
  }));
}

/** A JSON Pointer as URI fragment, RFC 6901 §6. Names are shortened so that an answer stays small. */
function toPointer(path: readonly PropertyKey[]): string {
  const tokens = path.map((part) => String(part).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1'));
  return ['#', ...tokens.map((token) => encodeURIComponent(token.toWellFormed()))].join('/');
}
