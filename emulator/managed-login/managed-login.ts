import { randomBytes, randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import type { AuthorizationCodes } from '../oauth2/grants/authorization-code';
import { formOf, isUnreadableBody, readForm } from '../oauth2/form';
import { OAuthError } from '../oauth2/oauth-error';
import { matchesPassword } from '../store/password';
import type { UserPools } from '../store/store';
import { issueUserTokens } from '../tokens/user-tokens';
import {
  AuthorizationError,
  type AuthorizationRequest,
  findClient,
  readAuthorizationRequest,
  responseUrl,
  single,
  UnanswerableError,
} from '../oauth2/authorization-request';
import { cookieOptions, readCookie } from './cookies';
import { errorPage, type LoginPage, loginPage, sendPage } from './pages';
import { type Session, Sessions } from './sessions';

/** The name that Cognito gives the cookie whose value the form has to repeat. */
const csrfCookie = 'XSRF-TOKEN';

/**
 * Where a user's browser signs in and out: `/oauth2/authorize`, `/login` and `/logout` of a pool's domain. There is
 * nothing here to sign up, to change or recover a password, or to sign in with another provider.
 */
export function managedLogin(pools: UserPools, codes: AuthorizationCodes, logger: Logger): Router {
  const sessions = new Sessions(pools);
  const router = express.Router();

  const read = (req: Request) => readAuthorizationRequest(pools, req.get('Host'), queryOf(req));

  /** The address to send a browser to whose user has signed in, with a code or with tokens. */
  function answer(request: AuthorizationRequest, { user, authTime }: Session): string {
    const { pool, client, redirectUri, scopes, nonce, codeChallenge } = request;
    if (request.responseType === 'code') {
      const { clientId } = client;
      const { username } = user;
      return responseUrl(request, {
        code: codes.issue({ clientId, redirectUri, codeChallenge, username, scopes, authTime, nonce }),
      });
    }
    const signIn = { user, scopes, authTime, nonce, originJti: randomUUID() };
    const tokens = issueUserTokens(pool, client, signIn, pools.now());
    return responseUrl(request, { ...tokens, expires_in: String(tokens.expires_in) });
  }

  function showLogin(
    req: Request,
    res: Response,
    status: number,
    { client, redirectUri }: AuthorizationRequest,
    entered: Pick<LoginPage, 'username' | 'problem'> = {},
  ): void {
    // One that is there already stays good, for a form in another tab.
    const csrfToken = readCookie(req, csrfCookie) ?? randomBytes(32).toString('base64url');
    res.cookie(csrfCookie, csrfToken, cookieOptions);
    const { clientName } = client;
    sendPage(res, status, loginPage({ clientName, query: queryOf(req), redirectUri, csrfToken, ...entered }));
  }

  router.get('/oauth2/authorize', (req, res) => {
    const request = read(req);
    const session = sessions.find(req, request.pool);
    redirect(res, 302, session ? answer(request, session) : `/login?${queryOf(req).toString()}`);
  });

  router.get('/login', (req, res) => showLogin(req, res, 200, read(req)));

  router.post('/login', readForm, (req, res) => {
    const request = read(req);
    const form = formOf(req);
    const username = form.get('username');
    const refuse = (reason: string, problem: string) => {
      logger.warn(`sign-in refused: ${reason}`);
      showLogin(req, res, 403, request, { username, problem });
    };
    const csrfToken = form.get('_csrf');
    if (csrfToken === undefined || csrfToken !== readCookie(req, csrfCookie))
      return refuse('not sent by the page of this browser', 'This page was too old. Please sign in again.');

    const user = request.pool.users.find((user) => user.username === username);
    if (!matchesPassword(form.get('password') ?? '', user?.password) || !user?.enabled)
      return refuse('no such user, wrong password, or disabled', 'Incorrect username or password.');
    if (user.status === 'FORCE_CHANGE_PASSWORD')
      return refuse(
        'the password is temporary',
        'The password is right, but temporary. Before you can sign in, an administrator must set a permanent one with AdminSetUserPassword.',
      );
    // Never a redirect that sends the password on: https://www.rfc-editor.org/rfc/rfc9700#section-4.12
    redirect(res, 303, answer(request, sessions.begin(req, res, request.pool, user)));
  });

  router.get('/logout', (req, res) => {
    const query = queryOf(req);
    const { client } = findClient(pools, req.get('Host'), query);
    sessions.end(req, res);
    const logoutUri = single(query, 'logout_uri');
    if (logoutUri === undefined) {
      // To sign in again, perhaps as somebody else.
      read(req);
      return redirect(res, 302, `/login?${query.toString()}`);
    }
    if (!client.logoutUrls.includes(logoutUri))
      throw new UnanswerableError('The logout_uri is not one of the sign-out URLs of the app client.');
    redirect(res, 302, logoutUri);
  });

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
    if (error instanceof UnanswerableError) {
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

function queryOf(req: Request): URLSearchParams {
  return new URLSearchParams(req.originalUrl.replace(/^[^?]*/, ''));
}

function redirect(res: Response, status: 302 | 303, location: string): void {
  res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
  // Without Express's own body, which would repeat codes and tokens.
  res.status(status).location(location).end();
}
