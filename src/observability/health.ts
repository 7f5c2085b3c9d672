import { type RequestHandler, Router } from 'express';
import { methodNotAllowed } from '../http/method-not-allowed';

/** How one thing that the service depends on is doing. */
export interface Check {
  /** `degraded`: requests may fail, but another task would fare no better. `failed`: send no requests. */
  readonly status: 'ok' | 'degraded' | 'failed';
  /** A stable code, where it is not `ok`. */
  readonly reason?: string;
}

/** Checks by name. They answer from memory, so that health is known at once while a dependency hangs. */
export type Checks = Readonly<Record<string, () => Check>>;

/** Paths of the health checks. */
export const LIVEZ = '/livez';
export const READYZ = '/readyz';

const SEVERITY = ['ok', 'degraded', 'failed'] as const;

/**
 * - `GET /livez`: 200 while the process can answer at all
 * - `GET /readyz`: 200 while it should get requests, 503 while a check has failed; the body names each check
 */
export function healthRouter(checks: Checks): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route(LIVEZ)
    .get(answer({}))
    .all(methodNotAllowed(['GET']));
  router
    .route(READYZ)
    .get(answer(checks))
    .all(methodNotAllowed(['GET']));
  return router;
}

function answer(checks: Checks): RequestHandler {
  return (_req, res) => {
    const results = Object.entries(checks).map(([name, check]) => [name, check()] as const);
    const status =
      SEVERITY.findLast((severity) => results.some(([, check]) => check.status === severity)) ?? 'ok';
    res.status(status === 'failed' ? 503 : 200).set('Cache-Control', 'no-store');
    res.json({ status, checks: Object.fromEntries(results) });
  };
}
