import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import type { AuthorizationCodes } from '../oauth2/authorization-codes';
import { OAuthError } from '../oauth2/oauth-error';
import type { Store } from '../store/store';
import { isUnreadableBody } from '../unreadable-body';
import { authorizationEndpoint } from './authorization-endpoint';
import { AuthorizationError, UnredirectableError } from './authorization-request';
import { loginEndpoint } from './login-endpoint';
import { logoutEndpoint } from './logout-endpoint';
import { errorPage, sendPage } from './pages';
import { redirect } from './redirect';
import { Sessions } from './sessions';

/**
 * Where a user's browser signs in and out: `/oauth2/authorize`, `/login` and `/logout` of a pool's domain. There is no
 * sign-up, no password change or recovery, and no other identity provider.
 */
export function managedLogin(store: Store, codes: AuthorizationCodes, logger: Logger): Router {
  const sessions = new Sessions(store);
  const router = express.Router();
  router.get('/oauth2/authorize', authorizationEndpoint(store, codes, sessions));
  router.use('/login', loginEndpoint(store, codes, sessions, logger));
  router.get('/logout', logoutEndpoint(store, sessions));

  router.all(['/oauth2/authorize', '/login', '/logout'], ({ path }, res) => {
    res
      .set('Allow', path === '/login' ? 'GET, POST' : 'GET')
      .status(405)
      .end();
  });

  const refuse: ErrorRequestHandler = (error: unknown, _req, res, next) => {
    if (error instanceof AuthorizationError) {
      logger.warn({ error: error.code }, `authorization request refused: ${error.message}`);
      return redirect(res, 302, error.location);
    }
    if (error instanceof UnredirectableError) {
      logger.warn(`authorization request refused: ${error.message}`);
      return sendPage(res, 400, errorPage(error.message));
    }
    if (error instanceof OAuthError || isUnreadableBody(error)) {
      logger.warn(`sign-in refused: ${error.message}`);
      return sendPage(
        res,
        isUnreadableBody(error) ? error.status : 400,
        errorPage('The form cannot be read.'),
      );
    }
    next(error);
  };
  router.use(refuse);
  return router;
}
