import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import { isUnreadableBody } from '../unreadable-body';
import { cors } from './cors';
import { type Form, formEncoded, formOf, readForm } from './form';
import { OAuthError, type OAuthErrorCode } from './oauth-error';

/** A request to the token or the revocation endpoint. */
export interface FormRequest {
  /** The Host header. */
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  readonly form: Form;
}

export interface FormEndpointOptions {
  /** Names its requests in the log. */
  name: string;
  logger: Logger;
  /** Status of a refusal. */
  statusOf: (code: OAuthErrorCode) => number;
  /**
   * Handles a request. The response is JSON, or has no body for `undefined`.
   *
   * @throws OAuthError when the request is refused
   */
  handle: (request: FormRequest) => object | undefined;
}

/** An endpoint to which programs post forms. It logs each refusal with its reason, without what was sent. */
export function formEndpoint({ name, logger, statusOf, handle }: FormEndpointOptions): Router {
  const router = express.Router();
  router.use(cors('POST'));

  router.all('/', (req, res, next) => {
    const mediaType = req.get('Content-Type')?.split(';')[0]?.trim().toLowerCase();
    // Cognito treats a POST that is not form-encoded as another method.
    if (req.method === 'POST' && mediaType === formEncoded) return next();
    logger.warn({ method: req.method, mediaType }, `${name} request refused: not a POST of ${formEncoded}`);
    res.status(405).set('Allow', 'POST, OPTIONS').json({ error: 'invalid_request' });
  });

  router.post('/', readForm, (req, res) => {
    const body = handle({
      host: req.get('Host'),
      authorization: req.get('Authorization'),
      form: formOf(req),
    });
    if (body) res.json(body);
    else res.end();
  });

  const refuse: ErrorRequestHandler = (error: unknown, _req, res, next) => {
    if (error instanceof OAuthError) {
      logger.warn({ error: error.code }, `${name} request refused: ${error.message}`);
      const { code, description } = error;
      res.status(statusOf(code)).json({ error: code, error_description: description });
    } else if (isUnreadableBody(error)) {
      logger.warn({ error: 'invalid_request' }, `${name} request refused: ${error.message}`);
      res.status(error.status).json({ error: 'invalid_request' });
    } else {
      next(error);
    }
  };
  router.use(refuse);
  return router;
}
