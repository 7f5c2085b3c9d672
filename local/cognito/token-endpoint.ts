import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import { grantClientCredentials } from './client-credentials';
import { OAuthError } from './oauth-error';
import type { UserPool } from './user-pool';

const formEncoded = 'application/x-www-form-urlencoded';

/** `/oauth2/token` of the pool's domain. Each refusal is logged with its reason, without what was sent. */
export function tokenEndpoint(pool: UserPool, logger: Logger): Router {
  const router = express.Router();

  router.use((_req, res, next) => {
    // https://www.rfc-editor.org/rfc/rfc6749#section-5.1
    res.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache', 'Access-Control-Allow-Origin': '*' });
    next();
  });

  router.options('/', (_req, res) => {
    res.set({
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type',
    });
    res.status(204).end();
  });

  router.all('/', (req, res, next) => {
    const mediaType = req.get('Content-Type')?.split(';')[0]?.trim().toLowerCase();
    // Cognito takes a POST that is not form-encoded for another method.
    if (req.method === 'POST' && mediaType === formEncoded) return next();
    logger.warn({ method: req.method, mediaType }, `token request refused: not a POST of ${formEncoded}`);
    res.status(405).set('Allow', 'POST, OPTIONS').json({ error: 'invalid_request' });
  });

  router.post('/', express.text({ type: formEncoded, limit: '16kb' }), (req, res) => {
    const body: unknown = req.body;
    res.json(grantClientCredentials(pool, req.get('Authorization'), typeof body === 'string' ? body : ''));
  });

  const refuse: ErrorRequestHandler = (error: unknown, _req, res, next) => {
    if (error instanceof OAuthError) {
      logger.warn({ error: error.code }, `token request refused: ${error.message}`);
      // 400 for each of them: Cognito does not answer invalid_client with 401.
      res.status(400).json({ error: error.code });
    } else if (isUnreadableBody(error)) {
      logger.warn({ error: 'invalid_request' }, `token request refused: ${error.message}`);
      res.status(error.status).json({ error: 'invalid_request' });
    } else {
      next(error);
    }
  };
  router.use(refuse);
  return router;
}

/** What Express's body parser throws for a body that is too large or wrongly encoded. */
function isUnreadableBody(error: unknown): error is Error & { status: number } {
  return (
    error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500
  );
}
