import express, { type ErrorRequestHandler, type Request, type Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { ScopeCatalogue } from '../scope-catalogue';
import { createSigningKey } from '../store/signing-key';
import type { State, UserPool } from '../store/state';
import type { Store } from '../store/store';
import { jwksOf } from '../tokens/jwks';
import { isUnreadableBody } from '../unreadable-body';
import { fault, type FaultInjection } from './fault-injection';
import { localProgramsOnly } from './local-programs-only';

/** The default is the first pool. */
const ofPool = { userPoolId: z.string().optional() };
const rotation = z.strictObject(ofPool);
const withdrawal = z.strictObject({ ...ofPool, key: z.enum(['previous', 'current']).default('previous') });
const clock = z.strictObject({ skewSeconds: z.int() });
/** With the constraints of Cognito's ResourceServerScopeType. */
const description = z.string().min(1).max(256);
/** Scopes by name: a description, or one with the mark of those that are for operator clients alone. */
const catalogue = z.strictObject({
  scopes: z.record(
    z
      .string()
      .max(256)
      .regex(/^[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+$/),
    z.union([description, z.strictObject({ description, operator: z.boolean() })]),
  ),
});

class InvalidInputError extends Error {}

/**
 * `/_control/…`: makes the emulator do on demand what Cognito does on its own schedule or by failure. Cognito has no
 * such paths.
 */
export function control(
  store: Store,
  faultInjection: FaultInjection,
  logger: Logger,
  applyCatalogue?: (catalogue: ScopeCatalogue) => void,
): Router {
  const router = express.Router();
  router.use(localProgramsOnly(logger));
  router.use(express.json({ limit: '16kb' }));

  router.get('/', (_req, res) => {
    res.json({ faults: faultInjection.faults, skewSeconds: store.clockSkewSeconds });
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
    faultInjection.inject(read(fault, req));
    const { faults } = faultInjection;
    logger.info({ faults }, 'fault injected');
    res.json({ faults });
  });

  router.delete('/faults', (_req, res) => {
    faultInjection.clear();
    res.json({ faults: faultInjection.faults });
  });

  router.post('/clock', (req, res) => {
    const { skewSeconds } = read(clock, req);
    store.clockSkewSeconds = skewSeconds;
    logger.info({ skewSeconds }, 'clock set');
    res.json({ skewSeconds });
  });

  if (applyCatalogue) {
    router.post('/scopes', (req, res) => {
      const { scopes } = read(catalogue, req);
      const entries = Object.entries(scopes).map(([name, scope]) => [
        name,
        typeof scope === 'string' ? { description: scope, operator: false } : scope,
      ]);
      applyCatalogue(Object.fromEntries(entries) as ScopeCatalogue);
      logger.info({ scopes: Object.keys(scopes) }, 'scopes updated');
      res.json({ scopes });
    });
  }

  /** A key is stored before its first use: tokens of a key that is then lost could not be verified. */
  function changeKeys(
    userPoolId: string | undefined,
    event: string,
    change: (pool: UserPool) => void,
  ): object {
    const pool = store.change((state) => {
      const pool = choosePool(state, userPoolId);
      change(pool);
      return pool;
    });
    const kids = jwksOf(pool).keys.map(({ kid }) => kid);
    logger.info({ userPoolId: pool.id, kids }, event);
    return { kids };
  }

  const refuse: ErrorRequestHandler = (error: unknown, _req, res, next) => {
    if (error instanceof InvalidInputError) res.status(400).json({ error: error.message });
    else if (isUnreadableBody(error)) res.status(error.status).json({ error: 'expected a JSON body' });
    else next(error);
  };
  router.use(refuse);
  return router;
}

function read<Schema extends z.ZodType>(schema: Schema, { body }: Request): z.output<Schema> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(z.prettifyError(parsed.error));
}

function choosePool({ userPools }: State, id: string | undefined): UserPool {
  const pool = id === undefined ? userPools[0] : userPools.find((pool) => pool.id === id);
  if (!pool) throw new InvalidInputError(id === undefined ? 'there is no user pool' : `no user pool ${id}`);
  return pool;
}
