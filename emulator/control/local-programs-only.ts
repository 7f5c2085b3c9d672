import { BlockList } from 'node:net';
import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';

/**
 * Admits only programs on this machine, and refuses web pages in a browser on this machine. A page can send simple
 * requests anywhere, but no POST with this media type, and none without its Origin.
 */
export function localProgramsOnly(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const reason = reasonToRefuse(req);
    if (reason === undefined) return next();
    logger.warn({ path: req.originalUrl }, `control request refused: ${reason}`);
    res.status(403).json({ error: reason });
  };
}

function reasonToRefuse(req: Request): string | undefined {
  const { remoteAddress = '', remoteFamily } = req.socket;
  if (!loopback.check(remoteAddress, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4'))
    return 'not from this machine';
  if (req.get('Origin') !== undefined) return 'from a web page';
  if (req.method === 'POST' && req.get('Content-Type') !== 'application/json')
    return 'Content-Type is not application/json';
  return undefined;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');
