import { BlockList } from 'node:net';
import express, { type Request, type Router } from 'express';
import type { Logger } from 'pino';
import type { UserPool } from './user-pool';

/** `/_control/…`: what Cognito does on its own schedule and the stand-in does when told. No path of Cognito's. */
export function control(pool: UserPool, logger: Logger): Router {
  const router = express.Router();

  router.use((req, res, next) => {
    const reason = reasonToRefuse(req);
    if (reason === undefined) return next();
    logger.warn({ path: req.originalUrl }, `control request refused: ${reason}`);
    res.status(403).json({ error: reason });
  });

  router.post('/rotate-keys', (_req, res) => {
    pool.rotateAccessKey();
    const kids = pool.publishedKeys().map(({ kid }) => kid);
    logger.info({ kids }, 'keys rotated');
    res.json({ kids });
  });
  return router;
}

/**
 * Only programs on this machine may use these paths. A web page in a browser on this machine may not: it can
 * send simple requests anywhere, but none with this media type, and none without saying its origin.
 */
function reasonToRefuse(req: Request): string | undefined {
  const { remoteAddress = '', remoteFamily } = req.socket;
  if (!loopback.check(remoteAddress, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4'))
    return 'not from this machine';
  if (req.get('Origin') !== undefined) return 'from a web page';
  if (req.get('Content-Type') !== 'application/json') return 'Content-Type is not application/json';
  return undefined;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');
