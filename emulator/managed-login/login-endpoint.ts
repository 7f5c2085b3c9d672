import { randomBytes } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import type { AuthorizationCodes } from '../oauth2/authorization-codes';
import { formOf, readForm } from '../oauth2/form';
import { verifyPassword } from '../store/password';
import type { UserPool } from '../store/state';
import type { Store } from '../store/store';
import { findUserBySignInName } from '../store/user';
import {
  type AuthorizationRequest,
  queryOf,
  readAuthorizationRequest,
  single,
} from './authorization-request';
import { authorizationResponse } from './authorization-response';
import { cookieOptions, readCookie } from './cookies';
import { type LoginPage, loginPage, sendPage } from './pages';
import { redirect } from './redirect';
import type { Sessions } from './sessions';

/** Cognito's name for the cookie whose value the form must repeat. */
const csrfCookie = 'XSRF-TOKEN';

/** `/login`: the page with the form, and its submission. */
export function loginEndpoint(
  store: Store,
  codes: AuthorizationCodes,
  sessions: Sessions,
  logger: Logger,
): Router {
  const router = express.Router();

  router.get('/', (req, res) => {
    const username = single(queryOf(req), 'login_hint');
    showForm(req, res, 200, readAuthorizationRequest(store, req), { username });
  });

  router.post('/', readForm, (req, res) => {
    const request = readAuthorizationRequest(store, req);
    const form = formOf(req);
    const username = form.get('username');
    const refuse = (reason: string, problem: string) => {
      logger.warn(`sign-in refused: ${reason}`);
      showForm(req, res, 403, request, { username, problem });
    };
    const csrfToken = form.get('_csrf');
    if (csrfToken === undefined || csrfToken !== readCookie(req, csrfCookie))
      return refuse(
        'the form does not come from a page in this browser',
        'This page has expired. Please sign in again.',
      );

    const user = findUserBySignInName(request.pool, username ?? '');
    if (!verifyPassword(form.get('password') ?? '', user?.password) || !user?.enabled)
      return refuse('unknown or disabled user, or wrong password', 'Incorrect username or password.');
    if (user.status === 'FORCE_CHANGE_PASSWORD')
      return refuse(
        'the password is temporary',
        'The password is correct, but temporary. Before you can sign in, an administrator must set a permanent one with AdminSetUserPassword.',
      );
    const session = sessions.begin(req, res, request.pool, user);
    // 303 makes the browser drop the password: https://www.rfc-editor.org/rfc/rfc9700#section-4.12
    redirect(res, 303, authorizationResponse(store, codes, request, session));
  });
  return router;
}

function showForm(
  req: Request,
  res: Response,
  status: number,
  { pool, client, redirectUri }: AuthorizationRequest,
  entered: Pick<LoginPage, 'username' | 'problem'> = {},
): void {
  // An existing token stays valid, for a form in another tab.
  const csrfToken = readCookie(req, csrfCookie) ?? randomBytes(32).toString('base64url');
  res.cookie(csrfCookie, csrfToken, cookieOptions);
  const { clientName } = client;
  const page = { clientName, signInLabel: signInLabel(pool), query: queryOf(req), redirectUri, csrfToken };
  sendPage(res, status, loginPage({ ...page, ...entered }));
}

/** For example `Username` or `Email or phone number`. */
function signInLabel({ usernameAttributes, aliasAttributes }: UserPool): string {
  const names = usernameAttributes.length > 0 ? usernameAttributes : ['username', ...aliasAttributes];
  const label = names.map((name) => name.replace('_', ' ')).join(' or ');
  return label.charAt(0).toUpperCase() + label.slice(1);
}
