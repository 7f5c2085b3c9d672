import type { RequestHandler } from 'express';
import type { AuthorizationCodes } from '../oauth2/authorization-codes';
import type { Store } from '../store/store';
import { queryOf, readAuthorizationRequest } from './authorization-request';
import { authorizationResponse } from './authorization-response';
import { redirect } from './redirect';
import type { Sessions } from './sessions';

/** `GET /oauth2/authorize`: back to the client at once with a session, otherwise to the login page. */
export function authorizationEndpoint(
  store: Store,
  codes: AuthorizationCodes,
  sessions: Sessions,
): RequestHandler {
  return (req, res) => {
    const request = readAuthorizationRequest(store, req);
    const session = sessions.find(req, request.pool);
    const location = session
      ? authorizationResponse(store, codes, request, session)
      : `/login?${queryOf(req).toString()}`;
    redirect(res, 302, location);
  };
}
