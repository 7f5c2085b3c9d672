import { BlockList } from 'node:net';
import express, { type ErrorRequestHandler, type Request, type Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type Faults, fault } from './fault-injection';
import { isUnreadableBody } from '../oauth2/form';
import { createSigningKey, publishedKeys } from '../store/signing-key';
import type { State, UserPool } from '../store/state';
import type { UserPools } from '../store/store';

/** The pool that is meant; without it the one that was there first. */
const ofPool = { userPoolId: z.string().optional() };
const rotation = z.strictObject(ofPool);
const withdrawal = z.strictObject({ ...ofPool, key: z.enum(['previous', 'current']).default('previous') });
const clock = z.strictObject({ skewSeconds: z.int() });

class UnusableInput extends Error {}

/**
 * `/_control/…`: what Cognito does on its own schedule, or by misfortune, and the stand-in does when told. No path of
 * Cognito's.
 */
export function control(pools: UserPools, faults: Faults, logger: Logger): Router {
  const router = express.Router();

  router.use((req, res, next) => {
    const reason = reasonToRefuse(req);
    if (reason === undefined) return next();
    logger.warn({ path: req.originalUrl }, `control request refused: ${reason}`);
    res.status(403).json({ error: reason });
  });
  router.use(express.json({ limit: '16kb' }));

  router.get('/', (_req, res) => {
    res.json({ faults: faults.all, skewSeconds: pools.skewSeconds });
  });

  router.post('/rotate-keys', (req, res) => {
    const { userPoolId } = read(rotation, req);
    res.json(
      changeKeys(userPoolId, 'keys rotated', (pool) => {
        pool.previousAccessKey = pool.accessKey;
        pool.accessKey = createSigningKey();
      }),
    );
  });

  router.post('/withdraw-keys', (req, res) => {
    const { userPoolId, key } = read(withdrawal, req);
    res.json(
      changeKeys(userPoolId, `${key} key withdrawn`, (pool) => {
        if (key === 'current') pool.accessKey = createSigningKey();
        else delete pool.previousAccessKey;
      }),
    );
  });

  router.post('/faults', (req, res) => {
    faults.plant(read(fault, req));
    logger.info({ faults: faults.all }, 'fault planted');
    res.json({ faults: faults.all });
  });

  router.delete('/faults', (_req, res) => {
    faults.clear();
    res.json({ faults: faults.all });
  });

  router.post('/clock', (req, res) => {
    const { skewSeconds } = read(clock, req);
    pools.skewSeconds = skewSeconds;
    logger.info({ skewSeconds }, 'clock set');
    res.json({ skewSeconds });
  });

  /** Kept before it is used: a key that signed and is then forgotten leaves tokens nobody can verify. */
  function changeKeys(
    userPoolId: string | undefined,
    what: string,
    change: (pool: UserPool) => void,
  ): object {
    const pool = pools.change((state) => {
      const pool = choosePool(state, userPoolId);
      change(pool);
      return pool;
    });
    const kids = publishedKeys(pool).map(({ kid }) => kid);
    logger.info({ userPoolId: pool.id, kids }, what);
    return { kids };
  }

  const refuse: ErrorRequestHandler = (error: unknown, _req, res, next) => {
    if (error instanceof UnusableInput) res.status(400).json({ error: error.message });
    else if (isUnreadableBody(error)) res.status(error.status).json({ error: 'expected a body in JSON' });
    else next(error);
  };
  router.use(refuse);
  return router;
}

function read<Schema extends z.ZodType>(schema: Schema, { body }: Request): z.output<Schema> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new UnusableInput(z.prettifyError(parsed.error));
}

function choosePool({ userPools }: State, id: string | undefined): UserPool {
  const pool = id === undefined ? userPools[0] : userPools.find((pool) => pool.id === id);
  if (!pool) throw new UnusableInput(`there is no user pool ${id ?? 'at all'}`);
  return pool;
}

/**
 * Only programs on this machine may use these paths. A web page in a browser on this machine may not: it can
 * send simple requests anywhere, but no POST with this media type, and none without saying its origin.
 */
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
