import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { host, port, requiredScope } from './environment';
import { THINGS_PATH, thingsPage } from './things';

/** Express with helmet and pino-http as they come, and a protection that lets a request on or refuses it. */
export function serveWith(...protection: readonly RequestHandler[]): void {
  const app = express();
  app.use(pinoHttp());
  app.use(helmet());
  app.get(THINGS_PATH, ...protection, async (_req, res) => {
    res.json(await thingsPage());
  });
  app.listen(port, host);
}

/** The check that packages which know nothing of scopes leave to their users. */
export const checkScope =
  (claimsOf: (req: express.Request) => unknown): RequestHandler =>
  (req, res, next) => {
    const { scope = '' } = claimsOf(req) as { scope?: string };
    if (scope.split(' ').includes(requiredScope)) return next();
    res.status(403).json({ error: 'insufficient_scope' });
  };
