import type { RequestHandler } from 'express';
import type { Store } from '../store/store';
import {
  findClient,
  queryOf,
  readAuthorizationRequest,
  single,
  UnredirectableError,
} from './authorization-request';
import { redirect } from './redirect';
import type { Sessions } from './sessions';

/** `GET /logout`: ends the session, then leads to a sign-out URL of the client or to the login page. */
export function logoutEndpoint(store: Store, sessions: Sessions): RequestHandler {
  return (req, res) => {
    const { client } = findClient(store, req);
    sessions.end(req, res);
    const query = queryOf(req);
    const logoutUri = single(query, 'logout_uri');
    if (logoutUri === undefined) {
      // To sign in again, perhaps as another user.
      readAuthorizationRequest(store, req);
      return redirect(res, 302, `/login?${query.toString()}`);
    }
    if (!client.logoutUrls.includes(logoutUri))
      throw new UnredirectableError('The logout_uri is not one of the sign-out URLs of the app client.');
    redirect(res, 302, logoutUri);
  };
}
