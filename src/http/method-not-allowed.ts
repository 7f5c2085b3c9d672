import type { RequestHandler } from 'express';
import { Problem, problems } from './problem';

/**
 * Refuses whatever comes past the handlers of a path, RFC 9110 §15.5.6.
 *
 * @param methods those that the path takes; GET includes HEAD
 */
export function methodNotAllowed(methods: readonly string[]): RequestHandler {
  const allow = methods.includes('GET') ? ['HEAD', ...methods] : [...methods];
  const headers = { Allow: allow.sort().join(', ') };
  return (_req, _res, next) => next(new Problem(problems.methodNotAllowed, { headers }));
}
